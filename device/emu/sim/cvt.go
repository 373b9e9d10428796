package sim

import (
	"fmt"
	"math"

	"github.com/rocmforge/rocmforge/device/emu/asm"
	"github.com/rocmforge/rocmforge/device/emu/num"
	"github.com/rocmforge/rocmforge/mxfp"
)

// Conversions of gfx950 between small floats and others, by a scale that is a
// power of two. Rounding is to nearest, ties to even, and what is too large
// becomes the largest number (OCP MX 1.0 5.3; the ISA document leaves both to
// helper functions that it does not spell out).

// A wideType is a type that small floats are converted to and from.
type wideType struct {
	name string
	bits int
	get  func(x uint32) float64
	put  func(x float64) uint32
}

var wideTypes = []wideType{
	{"f32", 32, func(x uint32) float64 { return float64(f32(x)) }, func(x float64) uint32 { return u32(float32(x)) }},
	{"f16", 16, func(x uint32) float64 { return float64(num.Widen(uint16(x))) }, func(x float64) uint32 { return uint32(num.NarrowExact(x)) }},
	{"bf16", 16, func(x uint32) float64 { return float64(num.WidenB(uint16(x))) }, func(x float64) uint32 { return uint32(num.NarrowBExact(x)) }},
}

var smallNames = map[string]*mxfp.Element{"fp8": mxfp.E4M3(), "bf8": mxfp.E5M2(), "fp6": mxfp.E2M3(), "bf6": mxfp.E3M2(), "fp4": mxfp.E2M1()}

// power is the scale of an operand: of a float32 only the exponent counts.
func power(x uint32) float64 { return math.Ldexp(1, exponent(x)-127) }

// A conversion is one of count elements of each lane.
type conversion struct {
	small  *mxfp.Element
	wide   wideType
	count  int
	scaled bool
	encode bool // from wide to small
	at     int  // bit of the small ones in their register
	high   bool // of one half float as result: the upper half
	apart  bool // two float32 come from two operands
}

func (c *conversion) lane(src, second, dst []row, scale uint32, l int) {
	factor := 1.0
	if c.scaled {
		factor = power(scale)
	}
	bits := c.small.Bits()
	for i := range c.count {
		wideAt, smallAt := i*c.wide.bits, c.at+i*bits
		if c.encode {
			from := src
			if c.apart && i == 1 {
				from, wideAt = second, 0
			}
			x := c.wide.get(from[wideAt/32][l] >> (wideAt % 32))
			putBits(dst, smallAt, bits, l, uint32(c.small.Encode(float32(x/factor))))
			continue
		}
		if c.high {
			wideAt += 16
		}
		x := float64(c.small.Decode(byte(getBits(src, smallAt, bits, l)))) * factor
		putBits(dst, wideAt, c.wide.bits, l, c.wide.put(x))
	}
}

func getBits(v []row, at, bits, l int) uint32 {
	x := uint64(v[at/32][l])
	if at%32+bits > 32 {
		x |= uint64(v[at/32+1][l]) << 32
	}
	return uint32(x >> (at % 32) & (1<<bits - 1))
}

func putBits(v []row, at, bits, l int, x uint32) {
	for n := 0; n < bits; {
		shift := (at + n) % 32
		part := min(bits-n, 32-shift)
		field := uint32(uint64(1)<<part-1) << shift
		d := &v[(at+n)/32][l]
		*d = *d&^field | x>>n<<shift&field
		n += part
	}
}

// words is how many registers elements of so many bits take.
func (c *conversion) words(bits int) int { return (c.count*bits + 31) / 32 }

// run converts the lanes of a wave.
func (d *decoder) conversion(in *asm.Inst, c conversion) (func(w *wave), error) {
	want := 2 + int(truth(c.scaled)) + int(truth(c.apart))
	if len(in.Args) != want {
		return nil, errOperands(in)
	}
	to, err := d.destination(in.Args[0])
	if err != nil {
		return nil, err
	}
	bits := c.small.Bits()
	if c.encode {
		bits = c.wide.bits
	}
	sources := make([]source, want-1)
	for i := range sources {
		if sources[i], err = d.source(in.Args[1+i], typ{bitsKind, 32}, false); err != nil {
			return nil, err
		}
		if i == 0 && !c.apart && c.words(bits) > 1 && (sources[0].from != fromVector || in.Args[1].N < c.words(bits)) {
			return nil, errArg
		}
	}
	resultWords := c.words(c.wide.bits)
	if c.encode {
		resultWords = c.words(c.small.Bits())
	}
	return func(w *wave) {
		for h := range w.halves {
			var p [3]*row
			for i := range sources {
				p[i] = sources[i].rows(w, h, i)
			}
			src := rowsFrom(p[0], c.words(bits))
			var second []row
			if c.apart {
				second = rowsFrom(p[1], 1)
			}
			var scale row
			if c.scaled {
				scale = *p[len(sources)-1]
			}
			out := append([]row(nil), w.v[h][to:to+resultWords]...)
			for l := range lanes {
				if w.exec(h)>>l&1 != 0 {
					c.lane(src, second, out, scale[l], l)
				}
			}
			copy(w.v[h][to:], out)
		}
	}, nil
}

// selectedByte is a byte that two bits of op_sel name.
func selectedByte(m *asm.Mods, low, high int) int {
	return int(truth(m.Bit("op_sel", low, 0)) + 2*truth(m.Bit("op_sel", high, 0)))
}

// convertBuilder takes the place of the small floats from op_sel, or from SDWA.
func convertBuilder(c conversion, place func(m *asm.Mods, c *conversion)) builder {
	return func(d *decoder, in *asm.Inst) (func(w *wave), error) {
		one := c
		if in.Encoding == asm.SDWA {
			p, ok := parts[in.Mods.Words["src0_sel"]]
			if !ok || in.Mods.Words["dst_sel"] != "" && in.Mods.Words["dst_sel"] != "DWORD" {
				return nil, fmt.Errorf("the selection of parts")
			}
			one.at = p.shift
		} else {
			place(&in.Mods, &one)
		}
		return d.conversion(in, one)
	}
}

// conversions is the table: every type with every other.
func conversions() (list []rule) {
	add := func(name string, c conversion, place func(m *asm.Mods, c *conversion)) {
		partial := c.encode && c.count*c.small.Bits()%32 != 0 || !c.encode && c.count*c.wide.bits%32 != 0
		list = append(list, rule{name: name, dsts: 1, adds: partial, build: convertBuilder(c, place)})
	}
	half := func(i int) func(m *asm.Mods, c *conversion) {
		return func(m *asm.Mods, c *conversion) { c.at = 16 * int(truth(m.Bit("op_sel", i, 0))) }
	}
	for small, e := range smallNames {
		for _, wide := range wideTypes {
			c := conversion{small: e, wide: wide, count: 2, scaled: true}
			back := c
			back.encode, back.apart = true, wide.name == "f32"
			switch e.Bits() {
			case 8:
				add("v_cvt_scalef32_pk_"+wide.name+"_"+small, c, half(0))
				add("v_cvt_scalef32_pk_"+small+"_"+wide.name, back, half(3))
			case 4:
				add("v_cvt_scalef32_pk_"+wide.name+"_"+small, c, func(m *asm.Mods, c *conversion) { c.at = 8 * selectedByte(m, 1, 0) })
				add("v_cvt_scalef32_pk_"+small+"_"+wide.name, back, func(m *asm.Mods, c *conversion) { c.at = 8 * selectedByte(m, 2, 3) })
			case 6:
				c.count, back.count = 32, 32
				add("v_cvt_scalef32_pk32_"+wide.name+"_"+small, c, func(*asm.Mods, *conversion) {})
				if wide.bits == 16 {
					add("v_cvt_scalef32_pk32_"+small+"_"+wide.name, back, func(*asm.Mods, *conversion) {})
				}
			}
		}
		if e.Bits() != 8 {
			continue
		}
		single := conversion{small: e, wide: wideTypes[0], count: 1, scaled: true}
		add("v_cvt_scalef32_f32_"+small, single, func(m *asm.Mods, c *conversion) { c.at = 8 * selectedByte(m, 1, 0) })
		single.wide = wideTypes[1]
		add("v_cvt_scalef32_f16_"+small, single, func(m *asm.Mods, c *conversion) {
			c.at, c.high = 8*selectedByte(m, 1, 0), m.Bit("op_sel", 2, 0)
		})
		plain := conversion{small: e, wide: wideTypes[0], count: 1}
		add("v_cvt_f32_"+small, plain, func(m *asm.Mods, c *conversion) { c.at = 8 * selectedByte(m, 1, 0) })
		plain.count = 2
		add("v_cvt_pk_f32_"+small, plain, half(0))
		plain.encode, plain.apart = true, true
		add("v_cvt_pk_"+small+"_f32", plain, half(2))
	}
	return list
}

var _ = table("CDNA4 ISA \"V_CVT_SCALEF32_PK_F32_FP4\" and others; OCP MX v1.0", conversions()...)

var _ = table("CDNA4 ISA \"V_PRNG_B32\"",
	op1("v_prng_b32", each1(func(a uint32) uint32 { return a<<1 ^ 197*(a>>31) })),
)
