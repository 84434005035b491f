"""Makes links of the names of manual pages, such as bind(2), and highlights traces."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from pygments.lexer import RegexLexer, bygroups
from pygments.token import Comment, Generic, Keyword, Name, Number, String, Text
from sphinx.transforms.post_transforms import SphinxPostTransform

#: The pages on man7.org, which has those of Linux, of the C library and of systemd.
_ON_MAN7 = {
    "1": "cat strace",
    "2": "accept accept4 bind chmod chown close connect dup epoll_ctl epoll_wait fchmod fchmodat "
    "fchownat fcntl flock fork getpeername getsockname getsockopt ioctl link listen lstat mkdir "
    "mknod open pidfd_open pipe pipe2 poll ptrace read readv recv recvfrom recvmsg rename "
    "renameat2 send sendmsg sendto setsockopt shutdown socket socketpair stat uname unlink write "
    "writev",
    "3": "confstr exec mkfifo sd_listen_fds sd_notify",
    "5": "proc",
    "7": "epoll fifo pipe socket unix",
}
_ELSEWHERE = {
    "kevent(2)": "https://man.freebsd.org/cgi/man.cgi?query=kevent&sektion=2",
    "kqueue(2)": "https://man.freebsd.org/cgi/man.cgi?query=kqueue&sektion=2",
    "unix(4)": "https://man.freebsd.org/cgi/man.cgi?query=unix&sektion=4",
    "getpeerucred(3C)": "https://illumos.org/man/3C/getpeerucred",
}
_PAGE = re.compile(r"\b[a-z]\w*\(\d[A-Z]?\)")


def address(page: str) -> str | None:
    """Return where a manual page such as `bind(2)` can be read, or `None` if it is not known."""
    if page in _ELSEWHERE:
        return _ELSEWHERE[page]
    name, section = page[:-1].split("(")
    if name in _ON_MAN7.get(section, "").split():
        return f"https://man7.org/linux/man-pages/man{section}/{name}.{section}.html"
    return None


class ManualPages(SphinxPostTransform):
    """Makes the links, in running text alone."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Look at all texts of a page."""
        for text in list(self.document.findall(nodes.Text)):
            if not _is_code_or_link(text):
                parts = list(_parts(str(text)))
                if len(parts) > 1:
                    text.parent.replace(text, parts)


def _is_code_or_link(node: nodes.Node) -> bool:
    outer = (nodes.literal, nodes.literal_block, nodes.reference, nodes.title, nodes.raw)
    while node.parent is not None:
        node = node.parent
        if isinstance(node, outer) or node.tagname.startswith("desc_sig"):
            return True
    return False


def _parts(text: str) -> Any:
    end = 0
    for match in _PAGE.finditer(text):
        where = address(match[0])
        if where is not None:
            yield nodes.Text(text[end : match.start()])
            yield nodes.reference("", match[0], refuri=where, classes=["manual-page"])
            end = match.end()
    yield nodes.Text(text[end:])


class TraceLexer(RegexLexer):
    """Traces: calls, their arguments and results."""

    name = "trace"
    aliases = ("trace",)
    tokens = {  # noqa: RUF012  # the type is the base's
        "root": [
            (r"^--.*$", Comment),
            (r"^(\d+: | *[\w-]+ \| )?([\w.]+)(?=\()", bygroups(Number, Name.Function)),
            (r'@?"(\\.|[^"\\])*"', String),
            (r"-1 E\w+ \(.*\)$", Generic.Error),
            (r"\b(waits|returns)\b", Keyword),
            (r"\b[A-Z][A-Z0-9_]+\b", Name.Constant),
            (r"\b(0x)?[\da-f]*\d[\da-f]*\b", Number),
            (r"[\s\S]", Text),
        ]
    }


def setup(app: Any) -> dict[str, Any]:
    """Have Sphinx call us."""
    app.add_lexer("trace", TraceLexer)
    app.add_post_transform(ManualPages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
