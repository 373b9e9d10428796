package ops

import "github.com/rocmforge/rocmforge/device"

// AttentionDecodeArgs are the operands of AttentionDecode: AttentionPrefill's.
type AttentionDecodeArgs = AttentionPrefillArgs

// AttentionDecode is AttentionPrefill for tokens that have no neighbours in
// their sequence: one for each sequence, usually. A work item is a token and
// the query heads that share a key head, so that the cache is read once, at
// the speed of memory.
var AttentionDecode = device.Op[AttentionDecodeArgs]{
	Name: "attention_decode",
	Items: func(a *AttentionDecodeArgs) int {
		a.check("attention_decode")
		groups, _ := a.headGroups()
		return int(a.Tokens) * groups
	},
	Host: func(a *AttentionDecodeArgs, lo, hi int) {
		s := attentionScratches.Get().(*attentionScratch)
		defer attentionScratches.Put(s)
		h := newAttentionHost(a)
		for item := lo; item < hi; item++ {
			token := item / h.groups
			h.attend(s, item%h.groups, token, token+1)
		}
	},
}
