"""Standard input, output and error, as asynchronous ends: whatever they are, on every platform.

    import asyncio
    from interprocess.standard_streams.asyncio import stdin, stdout

    async def main():
        async with stdin() as source, stdout() as sink:
            while data := await source.recv(65536):
                await sink.send_all(data.upper())

    asyncio.run(main())

The modules `asyncio`, `trio` and `anyio` have the functions `stdin()`, `stdout()` and `stderr()`.
The verbs of what they return are those of the ends of unnamed pipes. `docs/standard-streams.md`
says how each kind of file is waited for, and what that means for cancelling.

What `sys.stdin` has read ahead is not seen here, and what stands in the buffer of `sys.stdout` is
written later: flush it before, or use one of the two. Lines are a `MessageStream` over them.
"""
