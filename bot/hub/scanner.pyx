# cython: language_level=3
"""A page of the Hub's plainest form into rows, byte by byte: compiled, for three million models.

What it reads is JSON as the Hub writes it. Whatever is not (a nested field that nobody asked for, a
count below 0, an escaped letter in a name) is judged by the long way, which takes any JSON.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcmp, memcpy, memset

include "scanned_values.pxi"
include "scanned_words.pxi"
include "scanned_bases.pxi"

cdef enum:
    OID_DIGITS = 24

# One model. In the order and with the sizes of ROW in bot/hub/lean.py.
cdef struct Row:
    int64_t created_at
    double trending_score
    int64_t likes
    int64_t downloads
    int64_t downloads_all_time
    int32_t namespace
    int32_t pipeline_tag
    int32_t library_name
    int32_t license
    int32_t id_ends
    int8_t gated
    uint8_t oid[12]

# Another number with each change of what lies in a row or an edge, and of what a page may be.
VERSION = 1
ROW_BYTES = sizeof(Row)
EDGE_BYTES = sizeof(Edge)

cdef enum Field:
    NONE, OID, ID, AUTHOR, BASES, CREATED, DOWNLOADS, ALL_TIME, GATED, LIBRARY, LIKES, TASK, TAGS
    TRENDING


cdef Field field_of(Span* key) noexcept:
    cdef Py_ssize_t length = key.length
    if length == 2:
        return ID if same(key, "id") else NONE
    if length == 3:
        return OID if same(key, "_id") else NONE
    if length == 4:
        return TAGS if same(key, "tags") else NONE
    if length == 5:
        return LIKES if same(key, "likes") else GATED if same(key, "gated") else NONE
    if length == 6:
        return AUTHOR if same(key, "author") else NONE
    if length == 9:
        return DOWNLOADS if same(key, "downloads") else CREATED if same(key, "createdAt") else NONE
    if length == 10:
        return BASES if same(key, "baseModels") else NONE
    if length == 12:
        if same(key, "pipeline_tag"):
            return TASK
        return LIBRARY if same(key, "library_name") else NONE
    if length == 13:
        return TRENDING if same(key, "trendingScore") else NONE
    if length == 16:
        return ALL_TIME if same(key, "downloadsAllTime") else NONE
    return NONE


cdef class Scanner:
    """Scans pages, one after the other.

    codes: words to numbers of namespaces, tasks, libraries and licences; parents: of base models.
    relations: their words, in the order of their numbers. oid_of: any `_id`, or None, as 12 bytes.
    never: the time of a model that has none.
    """

    cdef Words namespaces, tasks, libraries, licenses
    cdef Bases bases
    cdef object oid_of
    cdef bytes no_oid
    cdef int64_t never
    cdef Row* rows
    cdef Py_ssize_t count, most
    cdef Edge* edges
    cdef Py_ssize_t edge_count, edge_most
    cdef uint8_t* ids
    cdef Py_ssize_t id_bytes, id_most

    def __cinit__(self, codes, parents, relations, oid_of, never):
        # Publishers are very many, tasks a hundred.
        self.namespaces, self.tasks, self.libraries, self.licenses = [
            Words(each, bits) for each, bits in zip(codes, (16, 10, 12, 12), strict=True)
        ]
        self.bases = Bases(parents, relations)
        self.oid_of = oid_of
        self.no_oid = oid_of(None)
        self.never = never

    def __dealloc__(self):
        free(self.rows)
        free(self.edges)
        free(self.ids)

    def scan(self, bytes body not None):
        """Return a page's rows, ids and edges as bytes, None where any of it is not plain.

        They are rows of ROW, ids without anything between them, and edges of EDGE.
        """
        cdef Place at = <Place>PyBytes_AS_STRING(body)
        cdef Place end = at + PyBytes_GET_SIZE(body)
        self.count = self.edge_count = self.id_bytes = 0
        self.ids = <uint8_t*>self.grown(self.ids, &self.id_most, end - at + 1, 1)
        try:
            at = self.past_page(past_space(at), end)
        except UnicodeDecodeError:
            return None
        if at == NULL or past_space(at) != end:
            return None
        return (
            PyBytes_FromStringAndSize(<char*>self.rows, self.count * sizeof(Row)),
            PyBytes_FromStringAndSize(<char*>self.ids, self.id_bytes),
            PyBytes_FromStringAndSize(<char*>self.edges, self.edge_count * sizeof(Edge)),
        )

    cdef void* grown(
        self, void* held, Py_ssize_t* most, Py_ssize_t wanted, size_t size
    ) except NULL:
        """Return memory for so many things, and for more of them than before where it grows."""
        if held != NULL and wanted <= most[0]:
            return held
        held_more = max(wanted, 2 * most[0])
        cdef void* more = realloc(held, held_more * size)
        if more == NULL:
            raise MemoryError
        most[0] = held_more
        return more

    cdef Place past_page(self, Place at, Place end) except? NULL:
        cdef bint more
        at = past_opening(at, c'[', c']', &more)
        while more:
            self.rows = <Row*>self.grown(self.rows, &self.most, self.count + 1, sizeof(Row))
            at = self.past_model(at, end, &self.rows[self.count])
            at = past_between(at, c']', &more)
            self.count += 1
        return at

    cdef Place past_model(self, Place at, Place end, Row* row) except? NULL:
        cdef int seen = 0
        cdef bint more
        cdef Field field
        cdef Span key, name, author
        row.created_at = self.never
        row.trending_score = row.likes = row.downloads = row.downloads_all_time = UNKNOWN
        row.pipeline_tag = row.library_name = row.license = row.gated = UNKNOWN
        memcpy(row.oid, PyBytes_AS_STRING(self.no_oid), sizeof(row.oid))
        self.bases.clear()
        author.length = name.length = 0
        at = past_opening(at, c'{', c'}', &more)
        while more:
            at = past_key(at, end, &key)
            if at == NULL:
                return NULL
            field = field_of(&key)
            if field != NONE and seen >> <int>field & 1:
                return NULL
            seen |= 1 << <int>field
            if field == ID:
                at = past_name(at, end, &name)
            elif field == AUTHOR:
                at = past_name(at, end, &author)
            elif field == OID:
                at = self.past_oid(at, end, row)
            elif field == CREATED:
                at = past_time(at, end, self.never, &row.created_at)
            elif field == DOWNLOADS:
                at = past_count(at, end, &row.downloads)
            elif field == ALL_TIME:
                at = past_count(at, end, &row.downloads_all_time)
            elif field == LIKES:
                at = past_count(at, end, &row.likes)
            elif field == TRENDING:
                at = past_score(at, end, &row.trending_score)
            elif field == GATED:
                at = past_gate(at, end, &row.gated)
            elif field == TASK:
                at = self.past_coded(at, end, self.tasks, &row.pipeline_tag)
            elif field == LIBRARY:
                at = self.past_coded(at, end, self.libraries, &row.library_name)
            elif field == TAGS:
                at = self.past_tags(at, end, row)
            elif field == BASES:
                at = self.bases.past_field(at, end)
            else:
                at = past_other(at, end)
            at = past_between(at, c'}', &more)
        if at == NULL or not name.length or not self.keep(row, &name, &author):
            return NULL
        return at

    cdef bint keep(self, Row* row, Span* name, Span* author) except? False:
        """Keep the id of a row, its base models, and its author, or who stands before the slash.

        False where the base models are too many.
        """
        cdef Py_ssize_t length = author.length
        cdef Parents* told
        cdef int at
        if length:
            row.namespace = self.namespaces.number(author.begins, length)
        else:
            while length < name.length and name.begins[length] != c'/':
                length += 1
            row.namespace = (
                self.namespaces.number(name.begins, length) if length < name.length else UNKNOWN
            )
        memcpy(self.ids + self.id_bytes, name.begins, name.length)
        self.id_bytes += name.length
        row.id_ends = self.id_bytes
        if not self.bases.merge():
            return False
        told = &self.bases.tagged
        if told.count:
            self.edges = <Edge*>self.grown(
                self.edges, &self.edge_most, self.edge_count + told.count, sizeof(Edge)
            )
        for at in range(told.count):
            told.each[at].child = self.count
            self.edges[self.edge_count + at] = told.each[at]
        self.edge_count += told.count
        return True

    cdef Place past_coded(self, Place at, Place end, Words words, int32_t* number) except? NULL:
        cdef Span text
        at = past_name(at, end, &text)
        if at != NULL and text.length:
            number[0] = words.number(text.begins, text.length)
        return at

    cdef Place past_oid(self, Place at, Place end, Row* row) except? NULL:
        cdef Span text
        cdef uint8_t high, low, odd = 0
        cdef int place
        cdef bytes other
        at = past_name(at, end, &text)
        if at == NULL or not text.length:
            return at
        if text.length == OID_DIGITS:
            for place in range(OID_DIGITS // 2):
                high = DIGITS[text.begins[2 * place]]
                low = DIGITS[text.begins[2 * place + 1]]
                odd |= high | low
                row.oid[place] = <uint8_t>(high << 4 | low)
            if odd < 0x80:
                return at
        other = self.oid_of(PyUnicode_DecodeUTF8(<const char*>text.begins, text.length, NULL))
        memcpy(row.oid, PyBytes_AS_STRING(other), sizeof(row.oid))
        return at

    cdef Place past_tags(self, Place at, Place end, Row* row) except? NULL:
        """Past a model's tags: its licence is the first one said, its base models are all."""
        cdef Span tag
        cdef Place rest, tag_ends
        cdef bint licensed = False, more
        if at[0] == c'n':
            return past_word(at, end, "null", 4)
        at = past_opening(at, c'[', c']', &more)
        while more:
            at = past_text(at, end, &tag)
            if at == NULL:
                return NULL
            tag_ends = tag.begins + tag.length
            rest = past_word(tag.begins, tag_ends, "base_model:", 11)
            if rest != NULL and (tag.escaped or not self.bases.tag(rest, tag_ends)):
                return NULL
            rest = past_word(tag.begins, tag_ends, "license:", 8)
            if rest != NULL and not licensed:
                if tag.escaped:
                    return NULL
                licensed = True
                if rest < tag_ends:
                    row.license = self.licenses.number(rest, tag_ends - rest)
            at = past_between(at, c']', &more)
        return at
