"""The interfaces that every platform's backend implements, and what is the same in all of them.

Nothing here makes a system call or knows a platform. The public packages show these classes, and
the backends under `interprocess.os` derive from them.
"""
