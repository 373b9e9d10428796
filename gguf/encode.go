package gguf

import (
	"encoding/binary"
	"fmt"
)

// header writes everything before the tensor data.
func (w *Writer) header() {
	w.began = true
	if len(w.meta.keys) == 0 || len(w.meta.keys) > maxKeys || len(w.tensors) > maxTensors {
		w.fail("", "%d keys and %d tensors; from 1 to %d and at most %d are allowed", len(w.meta.keys), len(w.tensors), maxKeys, maxTensors)
		return
	}
	le := binary.LittleEndian
	b := append([]byte(nil), "GGUF"...)
	b = le.AppendUint32(b, 3)
	b = le.AppendUint64(b, uint64(len(w.tensors)))
	b = le.AppendUint64(b, uint64(len(w.meta.keys)))
	for key, value := range w.meta.All() {
		b = appendString(b, key)
		b = appendTyped(b, value)
	}
	for _, t := range w.tensors {
		b = appendString(b, t.Name)
		b = le.AppendUint32(b, uint32(len(t.Dims)))
		for _, d := range t.Dims {
			b = le.AppendUint64(b, uint64(d))
		}
		b = le.AppendUint32(b, uint32(t.Type))
		b = le.AppendUint64(b, uint64(t.Offset))
	}
	if len(w.tensors) > 0 {
		b = append(b, make([]byte, alignUp(int64(len(b)), w.align)-int64(len(b)))...)
	}
	w.put(b)
}

func appendString(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(s))), s...)
}

// appendTyped appends a value's type and then the value.
func appendTyped(b []byte, v any) []byte {
	t, _, _ := typeOf(v)
	return appendValue(binary.LittleEndian.AppendUint32(b, uint32(t)), v)
}

// appendValue appends a value that checkValue let pass.
func appendValue(b []byte, v any) []byte {
	t, elem, _ := typeOf(v)
	if t == Array {
		b = binary.LittleEndian.AppendUint32(b, uint32(elem))
	}
	switch v := v.(type) {
	case string:
		return appendString(b, v)
	case []string:
		b = appendLen(b, len(v))
		for _, s := range v {
			b = appendString(b, s)
		}
		return b
	case []any:
		b = appendLen(b, len(v))
		for _, a := range v {
			b = appendValue(b, a)
		}
		return b
	}
	if t == Array {
		b = appendLen(b, binary.Size(v)/int(valueTypes[elem].size))
	}
	b, err := binary.Append(b, binary.LittleEndian, v)
	if err != nil {
		panic(fmt.Sprintf("gguf: value of Go type %T: %v", v, err)) // checkValue lets none pass
	}
	return b
}

func appendLen(b []byte, n int) []byte { return binary.LittleEndian.AppendUint64(b, uint64(n)) }
