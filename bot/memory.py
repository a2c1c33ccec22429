"""How this process takes memory from the system, where malloc is glibc's.

As it comes, each thread has an arena of its own, whose gaps no other fills, and arrays of some
hundred kB are given back and taken again each time, page by page. With one arena that keeps a
little a census of three million models is counted with half of the page faults, in less memory.
"""

import ctypes

# The numbers of <malloc.h>, https://man7.org/linux/man-pages/man3/mallopt.3.html
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_MB = 1 << 20
# A column of millions of rows goes back to the system when it is let go; what a block of it is
# worked on with, some hundred kB at a time, is kept for the next block.
_COLUMN = 4 * _MB
_KEPT = 16 * _MB


def shared(library: object | None = None) -> bool:
    """Let all threads share one arena; whether the malloc of a library, the system's, knows how.

    It is asked before the first thread begins: arenas that there are stay.
    """
    mallopt = getattr(library or ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    asked = ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, _COLUMN), (_TRIM_THRESHOLD, _KEPT))
    return all(mallopt(option, value) == 1 for option, value in asked)
