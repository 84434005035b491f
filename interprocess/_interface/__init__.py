"""The interfaces that every platform's backend implements, and the code that all backends share.

Nothing here makes a system call or knows a platform. The public packages show these classes, and
the backends under `interprocess.os` derive from them.
"""
