package verify

import (
	"slices"
	"testing"

	"github.com/rocmforge/rocmforge/quant"
	"github.com/rocmforge/rocmforge/runtime"
)

func TestDequantize(t *testing.T) {
	d, _, err := runtime.OpenDevice(runtime.Options{Device: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, typ := range []quant.Type{quant.MXFP4, quant.MXFP6_E2M3, quant.MXFP6_E3M2} {
		f, _ := quant.Lookup(typ)
		blocks := make([]byte, 3*2*f.BlockBytes)
		for i := range blocks {
			blocks[i] = byte(i*37%90 + 60)
		}
		want := make([]float32, 3*64)
		f.Decode(want, blocks)
		got, err := Dequantize(t.Context(), d, typ, 64, blocks)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", typ, got, err, want)
		}
		for _, bad := range [][]byte{nil, blocks[1:], blocks[f.BlockBytes:]} {
			if _, err := Dequantize(t.Context(), d, typ, 64, bad); err == nil {
				t.Errorf("%s: %d bytes are rows", typ, len(bad))
			}
		}
	}
	if d.InUse() != 0 {
		t.Errorf("%d bytes in use", d.InUse())
	}
}
