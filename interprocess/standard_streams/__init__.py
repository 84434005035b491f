"""Standard input, output and error as asynchronous ends, for any kind of file on every platform.

    import asyncio
    from interprocess.standard_streams.asyncio import stdin, stdout

    async def main():
        async with stdin() as source, stdout() as sink:
            while data := await source.recv(65536):
                await sink.send_all(data.upper())

    asyncio.run(main())

The modules `asyncio`, `trio` and `anyio` have the functions `stdin()`, `stdout()` and `stderr()`.
They return ends with the verbs of unnamed pipes. `docs/standard-streams.md` describes how each kind
of file is waited for, and the consequences for cancellation.

Data that `sys.stdin` has read ahead is not available here, and data in the buffer of `sys.stdout`
is written later: flush it first, or use only one of the two. For lines, use a `MessageStream` over
an end.
"""
