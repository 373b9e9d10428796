package kernels

// A Program is one translation unit: kernels that share formats.
type Program struct {
	Name    string   // for messages: "Q4_K", "f16 cache"
	Arch    string   // what hiprtc gets as --offload-arch: "gfx1100" (or "sm_90" on the CUDA stand-in)
	Source  string   // the text, with #line before each file that went into it
	Headers []Header // in memory: arch.h, fmt_w.h, ...
	Options []string // all options but the arch
	Symbols []string // the extern "C" kernels that it must define
}

// A Header is a file that a Program's source includes by name. It exists in
// memory only.
type Header struct{ Name, Text string }
