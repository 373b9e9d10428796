package hip

import "time"

// Options say which GPU to open, and how. Ordinal 0 is HIP's first.
type Options struct {
	// Ordinal is HIP's number for the GPU, as HIP_VISIBLE_DEVICES leaves
	// them; -1 takes a discrete one before an integrated one, and that with
	// the most free memory first.
	Ordinal int

	Library  string // libamdhip64, or the folder it is in; "": the usual places
	Compiler string // libhiprtc, or the folder it is in; "": beside libamdhip64, and the usual places

	CacheDir string // where compiled kernels are kept; "": kernels/jit's choice
	NoCache  bool   // keep no compiled kernels on disk

	// NoGraph launches kernels one by one where they could be replayed.
	NoGraph bool

	// Watchdog is how long work may go without progress until the GPU
	// counts as hung. 0: ROCMFORGE_WATCHDOG ("90s", "90"), or 60 s.
	Watchdog time.Duration

	Warn func(string) // told what is no error but should be known; nil: nobody
}
