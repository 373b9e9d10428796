//go:build nohip

package dl

const unsupported = "GPUs are left out of this program: it was built with -tags nohip"
