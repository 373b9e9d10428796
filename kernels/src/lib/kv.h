// A paged cache of keys and values. Eight numbers that one lane loads at a time
// lie side by side, and next to them those of the neighbouring lane:
//
//	K page   [Heads][HeadDim/8][PageTokens][8 elements]
//	V page   [Heads][PageTokens/8][HeadDim][8 tokens]
#pragma once

template <int HEAD_DIM>
struct KVTile;

template <int HEAD_DIM>
struct KVPages {
	const i32 *table; // of one sequence
	i32 page_tokens, heads, head;

	// key is the index of element 0 of key pos; octet o of it is o*8*page_tokens
	// further.
	MEMBER i64 key(i32 pos) const {
		return page(pos) + (i64)head * HEAD_DIM * page_tokens + pos % page_tokens * 8;
	}
	// value is the index of element 0 of the eight values from pos on, of which
	// pos is a multiple; element d is 8*d further.
	MEMBER i64 value(i32 pos) const {
		return page(pos) + (i64)head * HEAD_DIM * page_tokens + (i64)(pos % page_tokens / 8) * HEAD_DIM * 8;
	}
	MEMBER i64 page(i32 pos) const { return (i64)table[pos / page_tokens] * heads * HEAD_DIM * page_tokens; }

	// tile is for n keys from pos on, a multiple of n.
	MEMBER KVTile<HEAD_DIM> tile(i32 pos, i32 n) const;
};

// KVTile is a run of keys. Where one page has them all, the table is read once.
template <int HEAD_DIM>
struct KVTile {
	KVPages<HEAD_DIM> pages;
	bool whole;
	i32 pos0;
	i64 key0, value0;

	MEMBER i64 key(i32 pos) const { return whole ? key0 + (pos - pos0) * 8 : pages.key(pos); }
	MEMBER i64 value(i32 pos) const { return whole ? value0 + (i64)((pos - pos0) / 8) * HEAD_DIM * 8 : pages.value(pos); }
};

template <int HEAD_DIM>
MEMBER KVTile<HEAD_DIM> KVPages<HEAD_DIM>::tile(i32 pos, i32 n) const {
	const bool whole = page_tokens % n == 0;
	return {*this, whole, pos, whole ? key(pos) : 0, whole ? value(pos) : 0};
}

// KVFormat is how attention reads a cache of a format: at is KVPages or a KVTile.
template <class F>
struct KVFormat {
	typedef typename F::Eight Key, Value;

	// load_key loads elements 8*octet to 8*octet+7 of a key.
	template <bool ONCE, class At>
	static MEMBER Key load_key(const u8 *K, const At &at, i32 pos, int octet, i32 page_tokens) {
		return F::template load_eight<ONCE>(K, at.key(pos) + (i64)octet * 8 * page_tokens);
	}
	// load_value loads element d of the eight values from pos on, of which pos is a
	// multiple.
	template <bool ONCE, class At>
	static MEMBER Value load_value(const u8 *V, const At &at, i32 pos, int d) {
		return F::template load_eight<ONCE>(V, at.value(pos) + 8 * d);
	}
	static MEMBER void floats(const typename F::Eight &e, float (&v)[8]) { F::floats(e, v); }
	static MEMBER B16 halves(const typename F::Eight &e) { return F::halves(e); }
};

// first_visible is the first key that a token at pos sees.
DEVICE i32 first_visible(i32 pos, i32 window) { return window > 0 ? most(pos - window + 1, 0) : 0; }
