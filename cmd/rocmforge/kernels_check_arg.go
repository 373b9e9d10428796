package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/rocmforge/rocmforge/device"
	"github.com/rocmforge/rocmforge/device/emu"
	"github.com/rocmforge/rocmforge/device/emu/num"
	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/kernels/jit"
)

// An elementType is what numbers are in a kernel's memory.
type elementType struct {
	bytes int
	parse func(text string) (bits uint64, err error)
	ramp  func(i int) (bits uint64)
	text  func(bits uint64) string
}

var elementTypes = map[string]elementType{
	"f16": floats(2, func(x float64) uint64 { return uint64(num.NarrowExact(x)) },
		func(b uint64) float64 { return float64(num.Widen(uint16(b))) }),
	"bf16": floats(2, func(x float64) uint64 { return uint64(num.NarrowBExact(x)) },
		func(b uint64) float64 { return float64(num.WidenB(uint16(b))) }),
	"f32": floats(4, func(x float64) uint64 { return uint64(math.Float32bits(float32(x))) },
		func(b uint64) float64 { return float64(math.Float32frombits(uint32(b))) }),
	"f64": floats(8, math.Float64bits, math.Float64frombits),
	"i8":  integers(1, true), "u8": integers(1, false), "i16": integers(2, true), "u16": integers(2, false),
	"i32": integers(4, true), "u32": integers(4, false), "i64": integers(8, true), "u64": integers(8, false),
}

func floatText(x float64, bits int) string { return strconv.FormatFloat(x, 'g', -1, bits) }

func floats(bytes int, narrow func(x float64) uint64, widen func(bits uint64) float64) elementType {
	return elementType{bytes,
		func(s string) (uint64, error) {
			x, err := strconv.ParseFloat(s, 64)
			bits := narrow(x)
			if err == nil && math.IsInf(widen(bits), 0) && !math.IsInf(x, 0) {
				err = &strconv.NumError{Num: s, Err: strconv.ErrRange}
			}
			return bits, err
		},
		func(i int) uint64 { return narrow(float64(i)) },
		func(b uint64) string { return floatText(widen(b), max(8*bytes, 32)) }}
}

func integers(bytes int, signed bool) elementType {
	shift := 64 - 8*bytes
	return elementType{bytes,
		func(s string) (uint64, error) {
			if signed {
				x, err := strconv.ParseInt(s, 0, 8*bytes)
				return uint64(x), err
			}
			return strconv.ParseUint(s, 0, 8*bytes)
		},
		func(i int) uint64 { return uint64(i) },
		func(b uint64) string {
			if signed {
				return strconv.FormatInt(int64(b)<<shift>>shift, 10)
			}
			return strconv.FormatUint(b<<shift>>shift, 10)
		}}
}

// A checkArg is a kernel's argument as --arg says it.
type checkArg struct {
	buffer bool
	typ    string
	n      int    // elements of a buffer
	raw    bool   // of which nothing is written
	data   []byte // of a buffer that is written, or of what is passed by value; null has none
}

// Bounds on what --arg may ask for.
const (
	maxArgBytes   = 4 << 30
	maxValueBytes = 4096
)

// parseCheckArg reads the argument that is the index-th of the kernel.
func parseCheckArg(text string, index int) (a checkArg, err error) {
	if text == "null" {
		return checkArg{buffer: true}, nil
	}
	if file, ok := strings.CutPrefix(text, "bytes:@"); ok {
		a.data, err = safefile.ReadFile(file, maxValueBytes)
		return a, err
	}
	name, value, scalar := strings.Cut(text, ":")
	if t, ok := elementTypes[name]; ok && scalar {
		bits, err := t.parse(value)
		a.typ, a.data = name, binary.LittleEndian.AppendUint64(nil, bits)[:t.bytes]
		return a, numberError(err)
	}
	name, rest, ok := strings.Cut(text, "[")
	count, rest, closed := strings.Cut(rest, "]")
	fill, filled := strings.CutPrefix(rest, "=")
	t, known := elementTypes[name]
	if !ok || !closed || !known || !filled && rest != "" {
		return a, errors.New("want something like f32[1024]=ramp, i32:5 or null (see rocmforge kernels check --help)")
	}
	a = checkArg{buffer: true, typ: name}
	if file, ok := strings.CutPrefix(fill, "@"); ok {
		return a, a.read(t, count, file)
	}
	a.n, err = strconv.Atoi(count)
	if err != nil || a.n < 1 || a.n > maxArgBytes/t.bytes {
		return a, fmt.Errorf("%q elements: want a number of at least 1, and at most %s in all", count, bytesText(maxArgBytes))
	}
	return a, a.fill(t, fill, index)
}

// numberError is what strconv says, without its functions' names.
func numberError(err error) error {
	if e, ok := errors.AsType[*strconv.NumError](err); ok {
		return fmt.Errorf("%q: %w", e.Num, e.Err)
	}
	return err
}

// read takes a buffer from a file.
func (a *checkArg) read(t elementType, count, file string) (err error) {
	if a.data, err = safefile.ReadFile(file, maxArgBytes); err != nil {
		return err
	}
	a.n = len(a.data) / t.bytes
	if a.n == 0 || len(a.data)%t.bytes != 0 || count != "" && count != strconv.Itoa(a.n) {
		return fmt.Errorf("%s has %d bytes, which is not a multiple of an element's %d", file, len(a.data), t.bytes)
	}
	return nil
}

// fill makes a buffer's elements. Random floats are between -1 and 1; each run
// has the same ones, and each argument its own.
func (a *checkArg) fill(t elementType, fill string, index int) error {
	r := rand.New(rand.NewPCG(1+uint64(index), uint64(a.n)))
	element := t.ramp
	switch fill {
	case "", "uninitialised":
		a.raw = true
		return nil
	case "ramp":
	case "zeros":
		element = func(int) uint64 { return 0 }
	case "random":
		element = func(int) uint64 {
			if strings.Contains(a.typ, "f") {
				bits, _ := t.parse(floatText(2*r.Float64()-1, 64))
				return bits
			}
			return r.Uint64()
		}
	default:
		bits, err := t.parse(fill)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return numberError(err)
		case err != nil:
			return fmt.Errorf("%q: want zeros, ramp, random, uninitialised, a number or @FILE", fill)
		}
		element = func(int) uint64 { return bits }
	}
	a.data = make([]byte, 0, a.n*t.bytes)
	for i := range a.n {
		word := binary.LittleEndian.AppendUint64(nil, element(i))
		a.data = append(a.data, word[:t.bytes]...)
	}
	return nil
}

// A checkBuffer is a buffer on the device.
type checkBuffer struct {
	checkArg
	index int
	name  string // of the kernel's parameter
	at    device.Ptr
}

// layOut makes the buffers and the kernel's arguments, if they are what the
// kernel takes.
func (k *kernelsCheck) layOut(d *emu.Device, meta jit.Kernel) (args []byte, buffers []checkBuffer, err error) {
	params := slices.DeleteFunc(slices.Clone(meta.Args), jit.Arg.Hidden)
	if len(params) != len(k.parsed) {
		return nil, nil, usagef("kernel %s takes %d arguments%s, but %d --arg are given", meta.Symbol, len(params), signature(params), len(k.parsed))
	}
	q, err := d.NewQueue()
	if err != nil {
		return nil, nil, err
	}
	defer q.Close()
	args = make([]byte, meta.KernargBytes)
	for i, p := range params {
		arg := k.parsed[i]
		if err := arg.fits(p, len(args)); err != nil {
			return nil, nil, usagef("--arg %q: %w", k.args[i], err)
		}
		if !arg.buffer {
			copy(args[p.Offset:], arg.data)
			continue
		}
		if arg.n == 0 {
			continue // null
		}
		b := checkBuffer{arg, i, p.Name, 0}
		b.at, err = d.AllocNamed(strings.TrimSpace(fmt.Sprintf("arg %d %s", i, p.Name)), arg.n*elementTypes[arg.typ].bytes, arg.raw)
		if err != nil {
			return nil, nil, err
		}
		q.Upload(b.at, arg.data)
		binary.LittleEndian.PutUint64(args[p.Offset:], uint64(b.at))
		buffers = append(buffers, b)
	}
	return args, buffers, q.Wait()
}

// fits is an error unless an argument is what a parameter takes.
func (a *checkArg) fits(p jit.Arg, bytes int) error {
	pointer := p.Kind == "global_buffer"
	switch {
	case !pointer && p.Kind != "by_value":
		return fmt.Errorf("the kernel takes a %s here, which is not supported", p.Kind)
	case p.Offset < 0 || p.Size < 0 || p.Offset > bytes-p.Size || pointer && p.Size != 8:
		return fmt.Errorf("the code object's parameter of %d bytes at %d lies outside its %d bytes of arguments", p.Size, p.Offset, bytes)
	case pointer != a.buffer:
		return fmt.Errorf("the kernel takes %s here", parameter(p))
	case !pointer && p.Size != len(a.data):
		return fmt.Errorf("the kernel takes %s here, but this has %d bytes", parameter(p), len(a.data))
	}
	return nil
}

func parameter(p jit.Arg) string {
	text := fmt.Sprintf("%d bytes", p.Size)
	if p.Kind == "global_buffer" {
		text = "a buffer"
	}
	return strings.TrimSpace(text + " " + p.Name)
}

// signature lists what a kernel takes.
func signature(params []jit.Arg) string {
	var list []string
	for _, p := range params {
		list = append(list, parameter(p))
	}
	if list == nil {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

// one is the only kernel that was found, or an error that says which there are.
func one(name string, found []*emu.Kernel, names []string) (*emu.Kernel, error) {
	slices.Sort(names)
	list := strings.Join(names, ", ")
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("the file has no kernel (templates need an instantiation)")
	case len(found) == 0:
		return nil, usagef("--kernel %q: the file has %s", name, list)
	case len(found) > 1:
		return nil, usagef("--kernel: which of %s?", list)
	}
	return found[0], nil
}
