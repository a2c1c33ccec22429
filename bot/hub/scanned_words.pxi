"""Words to numbers, without a Python object for a word that came up lately."""

cdef extern from *:
    """
    #define MIX 0x9E3779B97F4A7C15ULL
    """
    const uint64_t MIX  # as in bot/packed.py

# A short word with its number; length 0 is none.
cdef struct Slot:
    uint8_t length
    uint8_t letters[59]
    int32_t number


cdef inline uint64_t place_of(Place letters, Py_ssize_t length, int bits) noexcept:
    """A number of so many bits for a word that has letters; the last eight may be taken twice."""
    cdef uint64_t mixed = length, word
    cdef uint32_t half
    cdef Py_ssize_t at = 0
    if length >= 8:
        while True:
            memcpy(&word, letters + at, 8)
            mixed = (mixed ^ word) * MIX
            mixed ^= mixed >> 29
            if at == length - 8:
                break
            at = min(at + 8, length - 8)
    elif length >= 4:
        memcpy(&half, letters + length - 4, 4)
        word = half
        memcpy(&half, letters, 4)
        mixed ^= word << 32 | half
    else:
        word = letters[length - 1]
        mixed ^= word << 24 | letters[length // 2] << 16 | letters[0] << 8
    # A product's highest bits are those in which all letters have a part.
    mixed *= MIX
    return (mixed ^ mixed >> 32) * MIX >> (64 - bits)


cdef class Words:
    """The numbers of words, asked of Codes; those that came last are remembered here.

    Each word has one place, by its letters, which another one with that place may take from it.
    """

    cdef void* held
    cdef Slot* slots
    cdef int bits
    cdef object codes

    def __cinit__(self, codes, int bits):
        self.codes = codes
        self.bits = bits
        self.held = calloc((1 << bits) + 1, sizeof(Slot))
        if self.held == NULL:
            raise MemoryError
        # A slot fills a line of the processor's cache, and shall lie in one.
        self.slots = <Slot*>self.held + 1
        self.slots = <Slot*>(<uintptr_t>self.slots & ~<uintptr_t>(sizeof(Slot) - 1))

    def __dealloc__(self):
        free(self.held)

    cdef int32_t number(self, Place letters, Py_ssize_t length) except? -2:
        """Return the number of a word, whose letters are sound UTF-8."""
        cdef Slot* slot
        cdef int32_t number
        if length > <Py_ssize_t>sizeof(slot.letters) or not length:
            return self.codes[PyUnicode_DecodeUTF8(<const char*>letters, length, NULL)]
        slot = &self.slots[place_of(letters, length, self.bits)]
        if slot.length == length and not memcmp(slot.letters, letters, length):
            return slot.number
        number = self.codes[PyUnicode_DecodeUTF8(<const char*>letters, length, NULL)]
        slot.length = length
        memcpy(slot.letters, letters, length)
        slot.number = number
        return number
