"""Values of JSON as the Hub writes them, each by a function that goes past it.

It takes where a value begins and returns where it ends, NULL where it is odd. Python ends each of
its bytes objects with a 0, which no value of JSON goes on with: so the letter at a place that was
reached can always be read, and only what looks further must ask for the end.
"""

# Constants that a compiler may count with, which Cython's own variables are not.
cdef extern from *:
    """
    #define ONES 0x0101010101010101ULL
    #define HIGHS 0x8080808080808080ULL
    static const double TENS[] = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
    };
    /* Days of each month, and before it, from January at 1 on. */
    static const int DAYS[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const int BEGINS[] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    """
    const uint64_t ONES, HIGHS
    const double TENS[16]
    const int DAYS[13]
    const int BEGINS[13]
    int lowest "__builtin_ctzll"(unsigned long long) noexcept

ctypedef const uint8_t* Place

cdef enum:
    UNKNOWN = -1
    MOST_DIGITS = 15  # so many are exact in a float, and below any limit of a count
    TIME_LETTERS = 24
    FIRST_YEAR = 1970
    LAST_YEAR = 2099

# A text as a page writes it, and what must be known of it before it is used.
cdef struct Span:
    Place begins
    Py_ssize_t length
    bint escaped

# What a hexadecimal digit is, as `_id`s have them; 0x80 for any other letter.
cdef uint8_t[256] DIGITS


cdef void write_digits() noexcept:
    cdef int each
    memset(DIGITS, 0x80, sizeof(DIGITS))
    for each in range(10):
        DIGITS[c'0' + each] = each
    for each in range(6):
        DIGITS[c'a' + each] = 10 + each


write_digits()


cdef inline Place past_space(Place at) noexcept:
    while at[0] <= c' ' and (at[0] == c' ' or at[0] == c'\n' or at[0] == c'\r' or at[0] == c'\t'):
        at += 1
    return at


cdef inline Place past(Place at, uint8_t letter) noexcept:
    """Past a letter with the space around it."""
    if at == NULL:
        return NULL
    at = past_space(at)
    return past_space(at + 1) if at[0] == letter else NULL


cdef inline Place past_opening(Place at, uint8_t opens, uint8_t closes, bint* more) noexcept:
    """Past what opens a list or an object, and what closes it where there is nothing in it."""
    at = past(at, opens)
    more[0] = at != NULL and at[0] != closes
    return at if at == NULL or more[0] else at + 1


cdef inline Place past_between(Place at, uint8_t closes, bint* more) noexcept:
    """Past what follows a value: a comma, after which there is more, or what closes it all."""
    more[0] = False
    if at == NULL:
        return NULL
    at = past_space(at)
    if at[0] == closes:
        return at + 1
    at = past(at, c',')
    more[0] = at != NULL
    return at


cdef inline Place past_word(Place at, Place end, const char* word, Py_ssize_t length) noexcept:
    """Past one certain word."""
    return at + length if end - at >= length and not memcmp(at, word, length) else NULL


cdef Place past_text(Place at, Place end, Span* text) except? NULL:
    """Past a text, whose letters are sound UTF-8; those escaped stay as they are written."""
    cdef uint64_t word, quote, slash, marks
    cdef bint wide = False
    text.escaped = False
    if at[0] != c'"':
        return NULL
    at += 1
    text.begins = at
    while True:
        while end - at >= 8:
            memcpy(&word, at, 8)
            quote = word ^ (ONES * c'"')
            slash = word ^ (ONES * c'\\')
            # Mycroft's test: the highest bit of each byte that is 0 is set, here also of one that is
            # less than a space or not ASCII. Above such a byte others may be marked, below it none.
            marks = ((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) | (word - ONES * c' ')
            marks = (marks | word) & HIGHS
            if marks:
                at += lowest(marks) >> 3
                break
            at += 8
        else:
            while at[0] != c'"' and at[0] != c'\\' and at[0] >= c' ' and at[0] < 0x80:
                at += 1
        if at[0] == c'"':
            break
        if at[0] >= 0x80:
            wide = True
            at += 1
        elif at[0] == c'\\':
            text.escaped = True
            at += 1
            # Four digits would have to be looked at, and their neighbours: the long way's.
            if at[0] not in b'"\\/bfnrt':
                return NULL
            at += 1
        else:
            return NULL
    text.length = at - text.begins
    if wide:
        PyUnicode_DecodeUTF8(<const char*>text.begins, text.length, NULL)
    return at + 1


cdef inline Place past_name(Place at, Place end, Span* text) except? NULL:
    """Past a text that is used; none has length 0. NULL also where a letter is escaped."""
    if at[0] == c'n':
        text.length = 0
        return past_word(at, end, "null", 4)
    at = past_text(at, end, text)
    if text.escaped:
        return NULL
    return at


cdef inline Place past_key(Place at, Place end, Span* key) except? NULL:
    """Past the key of a value and the colon after it."""
    at = past_text(at, end, key)
    if key.escaped:
        return NULL
    return past(at, c':')


cdef Place past_count(Place at, Place end, int64_t* count) noexcept:
    """Past a whole number that is not below 0, or null, which is UNKNOWN."""
    cdef Place first = at
    cdef int64_t found = 0
    if at[0] == c'n':
        count[0] = UNKNOWN
        return past_word(at, end, "null", 4)
    while c'0' <= at[0] <= c'9':
        if at - first >= MOST_DIGITS:
            return NULL
        found = found * 10 + (at[0] - c'0')
        at += 1
    if at == first or (first[0] == c'0' and at - first > 1):
        return NULL
    count[0] = found
    return at


cdef Place past_score(Place at, Place end, double* score) noexcept:
    """Past a number, which is exact: its digits as they are, through a power of ten as it is."""
    cdef bint below = at[0] == c'-'
    cdef int64_t whole, digits
    cdef Place point
    if below and at[1] == c'n':
        return NULL
    at = past_count(at + below, end, &whole)
    score[0] = whole
    if at != NULL and at[0] == c'.':
        point = at + 1
        at = point
        digits = whole
        while c'0' <= at[0] <= c'9':
            if at - point >= MOST_DIGITS or digits > 10**14:
                return NULL
            digits = digits * 10 + (at[0] - c'0')
            at += 1
        if at == point or whole < 0:
            return NULL
        score[0] = digits / TENS[at - point]
    if below:
        # Below 0 ranks no higher for that.
        score[0] = 0
    return at


cdef Place past_gate(Place at, Place end, int8_t* gated) except? NULL:
    """Past what says whether a model is gated: a word of JSON, or any text but the empty one."""
    cdef Span text
    if at[0] == c'f':
        gated[0] = 0
        return past_word(at, end, "false", 5)
    if at[0] == c't':
        gated[0] = 1
        return past_word(at, end, "true", 4)
    if at[0] == c'n':
        gated[0] = UNKNOWN
        return past_word(at, end, "null", 4)
    at = past_text(at, end, &text)
    if at != NULL:
        gated[0] = text.length > 0
    return at


cdef inline int pair(Place at) noexcept:
    """Two digits as a number, -1 where they are none."""
    if not (c'0' <= at[0] <= c'9' and c'0' <= at[1] <= c'9'):
        return -1
    return (at[0] - c'0') * 10 + (at[1] - c'0')


cdef Place past_time(Place at, Place end, int64_t never, int64_t* seconds) noexcept:
    """Past a time as the Hub writes every one of them: `"2022-03-02T23:29:04.000Z"`."""
    cdef int century, year, month, day, hour, minute, second, days
    cdef bint leap
    if at[0] == c'n':
        seconds[0] = never
        return past_word(at, end, "null", 4)
    if end - at < TIME_LETTERS + 2 or at[0] != c'"' or at[TIME_LETTERS + 1] != c'"':
        return NULL
    at += 1
    if (at[4] != c'-' or at[7] != c'-' or at[10] != c'T' or at[13] != c':' or at[16] != c':'
            or at[19] != c'.' or at[23] != c'Z' or pair(at + 20) < 0 or pair(at + 21) < 0):
        return NULL
    century, year, month, day = pair(at), pair(at + 2), pair(at + 5), pair(at + 8)
    hour, minute, second = pair(at + 11), pair(at + 14), pair(at + 17)
    if century < 0 or year < 0 or not 0 <= hour < 24 or not 0 <= minute < 60:
        return NULL
    year += century * 100
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12 or not 0 <= second < 60:
        return NULL
    # Every fourth year within these is one; 2000 was, too.
    leap = year % 4 == 0
    if not 1 <= day <= DAYS[month] + (leap and month == 2):
        return NULL
    days = (year - FIRST_YEAR) * 365 + (year - FIRST_YEAR + 1) // 4
    days += BEGINS[month] + (leap and month > 2) + day - 1
    seconds[0] = ((<int64_t>days * 24 + hour) * 60 + minute) * 60 + second
    return at + TIME_LETTERS + 1


cdef Place past_other(Place at, Place end) except? NULL:
    """Past a value that nobody asked for: a text, a whole number or a word."""
    cdef Span text
    cdef double score
    if at[0] == c'"':
        return past_text(at, end, &text)
    if at[0] == c't':
        return past_word(at, end, "true", 4)
    if at[0] == c'f':
        return past_word(at, end, "false", 5)
    return past_score(at, end, &score)


cdef inline bint same(Span* text, const char* word) noexcept:
    """Whether a text is a word of its length."""
    return not memcmp(text.begins, word, text.length)
