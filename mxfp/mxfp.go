// Package mxfp has the number formats of the OCP Microscaling Formats (MX)
// Specification 1.0: the element formats E2M1 (FP4), E2M3 and E3M2 (FP6), E4M3
// and E5M2 (FP8), the scale format E8M0, and the block of 32 elements under one
// scale. It knows nothing of tensors, files or models, and imports no other
// package of this module.
package mxfp
