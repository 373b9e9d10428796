package main

import (
	"cmp"
	"slices"
	"strings"
)

// checkArch refuses a --arch that is none of those known, before a compiler sees
// it: it ends its process at one that it does not know. Of several names that
// may be meant it gives the nearest.
func checkArch(arch string, known []string) error {
	if slices.Contains(known, arch) {
		return nil
	}
	near := nearest(arch, known)
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(distance(arch, a), distance(arch, b)) })
	return usagef("--arch %.32q is not known%s; known: %s", arch, didYouMean("", near[:min(1, len(near))]), strings.Join(known, ", "))
}
