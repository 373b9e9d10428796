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
	Spec:     attentionSpec,
	Variants: []device.Variant[AttentionDecodeArgs]{attentionSplit},
}

// MaxSplits bounds how many groups share a token's keys.
const MaxSplits = 64

const (
	decodeThreads  = 256
	combineThreads = 128
)

// attentionSplit shares a token's keys among groups and brings their parts
// together.
var attentionSplit = device.Variant[AttentionDecodeArgs]{
	Fits: func(_ device.Caps, s device.Spec) bool {
		d := s.Consts["HEAD_DIM"]
		return d%16 == 0 && d <= 256 && s.Consts["GROUP"] <= 16 && kvKernels(s)
	},
	Steps: []device.Step[AttentionDecodeArgs]{
		{
			Kernel: "attention_decode", Roles: []string{"k"}, Consts: []string{"HEAD_DIM", "GROUP"},
			Tune: map[string]int{"THREADS": decodeThreads},
			Grid: func(a *AttentionDecodeArgs, _ device.Caps) device.Grid {
				return device.Grid{Groups: [3]int{int(a.Splits), int(a.KV.Heads), int(a.Tokens)}, Block: decodeThreads}
			},
		},
		{
			Kernel: "attention_combine", Consts: []string{"HEAD_DIM", "FORM"},
			Tune: map[string]int{"THREADS": combineThreads, "MAX_SPLITS": MaxSplits},
			Grid: func(a *AttentionDecodeArgs, _ device.Caps) device.Grid {
				return device.Grid{Groups: [3]int{int(a.Heads), int(a.Tokens), 1}, Block: combineThreads}
			},
		},
	},
}
