"""The base models of one model, as its tags and its field `baseModels` name them."""

cdef enum:
    MOST_PARENTS = 32
    MOST_RELATIONS = 16

# A base model of one row: its number, and which relation.
cdef struct Edge:
    int32_t child
    int32_t parent
    int32_t relation

# Base models, each once.
cdef struct Parents:
    int count
    Edge[MOST_PARENTS] each


cdef bint join(Parents* parents, int32_t number, int32_t relation) noexcept:
    """Add a base model, of which a relation that is said counts; False where they are too many."""
    cdef int at
    for at in range(parents.count):
        if parents.each[at].parent == number:
            if relation:
                parents.each[at].relation = relation
            return True
    if parents.count == MOST_PARENTS:
        return False
    parents.each[parents.count].parent = number
    parents.each[parents.count].relation = relation
    parents.count += 1
    return True


cdef class Bases:
    """The base models of the row at hand: those that tags name, and those of the field."""

    cdef Words words
    cdef tuple relations
    cdef int relation_count
    cdef const char* relation_words[MOST_RELATIONS]
    cdef Py_ssize_t relation_lengths[MOST_RELATIONS]
    cdef Parents tagged, named

    def __cinit__(self, parents, relations):
        self.words = Words(parents, 16)
        self.relations = tuple(each.encode() for each in relations)
        self.relation_count = len(self.relations)
        if self.relation_count > MOST_RELATIONS:
            raise ValueError(f"at most {MOST_RELATIONS} relations, not {self.relation_count}")
        for at in range(self.relation_count):
            self.relation_words[at] = PyBytes_AS_STRING(self.relations[at])
            self.relation_lengths[at] = len(self.relations[at])

    cdef void clear(self) noexcept:
        self.tagged.count = self.named.count = 0

    cdef bint merge(self) noexcept:
        """Join all into `tagged`, the field's relation last; False where they are too many."""
        cdef int at
        for at in range(self.named.count):
            if not join(&self.tagged, self.named.each[at].parent, self.named.each[at].relation):
                return False
        return True

    cdef int relation_of(self, Place word, Py_ssize_t length) noexcept:
        """Return the number of a relation, -1 where the word is none."""
        cdef int number
        for number in range(self.relation_count):
            if self.relation_lengths[number] == length and not memcmp(
                self.relation_words[number], word, length
            ):
                return number
        return -1

    cdef bint tag(self, Place begins, Place ends) except? False:
        """Take what a tag says after its `base_model:`; False where that makes too many."""
        cdef Place rest = begins
        cdef int relation
        while rest < ends and rest[0] != c':':
            rest += 1
        relation = self.relation_of(begins, rest - begins)
        if relation >= 0:
            begins = min(rest + 1, ends)
        if begins == ends:
            return True
        return join(&self.tagged, self.words.number(begins, ends - begins), max(relation, 0))

    cdef Place past_field(self, Place at, Place end) except? NULL:
        """Past `{"relation": "finetune", "models": [{"_id": "…", "id": "…"}]}`."""
        cdef Span key, word
        cdef int relation = 0, seen = 0, this, place
        cdef bint more
        if at[0] == c'n':
            return past_word(at, end, "null", 4)
        at = past_opening(at, c'{', c'}', &more)
        while more:
            at = past_key(at, end, &key)
            if at == NULL:
                return NULL
            this = 0
            if key.length == 8 and same(&key, "relation"):
                this = 1
                at = past_name(at, end, &word)
                if at != NULL and word.length:
                    relation = max(self.relation_of(word.begins, word.length), 0)
            elif key.length == 6 and same(&key, "models"):
                this = 2
                at = self.past_models(at, end)
            else:
                at = past_other(at, end)
            if seen & this:
                return NULL
            seen |= this
            at = past_between(at, c'}', &more)
        for place in range(self.named.count):
            self.named.each[place].relation = relation
        return at

    cdef Place past_models(self, Place at, Place end) except? NULL:
        cdef bint more
        if at[0] == c'n':
            return past_word(at, end, "null", 4)
        at = past_opening(at, c'[', c']', &more)
        while more:
            at = self.past_model(at, end)
            at = past_between(at, c']', &more)
        return at

    cdef Place past_model(self, Place at, Place end) except? NULL:
        cdef Span key, name
        cdef bint named = False, more
        at = past_opening(at, c'{', c'}', &more)
        while more:
            at = past_key(at, end, &key)
            if at == NULL:
                return NULL
            if key.length == 2 and same(&key, "id"):
                if named or at[0] != c'"':
                    return NULL
                named = True
                at = past_name(at, end, &name)
            else:
                at = past_other(at, end)
            at = past_between(at, c'}', &more)
        if at == NULL or not named:
            return NULL
        if name.length and not join(
            &self.named, self.words.number(name.begins, name.length), 0
        ):
            return NULL
        return at
