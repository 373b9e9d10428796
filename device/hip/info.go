package hip

// Info describes a GPU.
type Info struct {
	Ordinal    int    // HIP's number
	Name       string // "AMD Radeon RX 7900 XTX"; may be empty
	Arch       string // as HIP names it: "gfx1100", "gfx90a:sramecc+:xnack-"
	PCI        string // "0000:03:00.0", or empty
	Total      int    // bytes of memory
	Free       int    // bytes of it that nobody uses now; -1 if HIP did not say
	Integrated bool   // shares the CPU's memory
	Wave       int    // lanes of a wave
	CUs        int    // compute units, or pairs of them, as HIP counts
	Default    bool   // what Open takes when it may choose
}
