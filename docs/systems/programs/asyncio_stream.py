import asyncio

from interprocess.local_socket.asyncio import pair


async def main():
    one, other = pair()
    # a receive that need not wait
    await one.send_all(b"hello")
    await other.recv(100)
    # a receive that waits
    task = asyncio.ensure_future(other.recv(100))
    await asyncio.sleep(0)
    await one.send_all(b"later")
    await task
    # close
    one.close()
    other.close()


asyncio.run(main())
