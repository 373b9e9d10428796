package quant

import "testing"

// TestGridsAscend guards the codebooks against slips of the hand: the goldens
// do not meet every entry, but in each codebook the packed entries ascend.
func TestGridsAscend(t *testing.T) {
	for name, packed := range map[string][]uint16{
		"IQ2_XXS": packedIQ2_XXS[:], "IQ2_XS": packedIQ2_XS[:], "IQ2_S": packedIQ2_S[:],
		"IQ1_S": packedIQ1_S[:], "IQ3_XXS": packedIQ3_XXS[:], "IQ3_S": packedIQ3_S[:],
	} {
		for i := 1; i < len(packed); i++ {
			if packed[i] <= packed[i-1] {
				t.Errorf("%s entry %d, %#x, is not above %#x", name, i, packed[i], packed[i-1])
			}
		}
	}
}
