// Package filekind recognises what people have in the place of a model: what a
// download left, an archive, a web page. It knows no format of models.
package filekind

import (
	"bytes"
	"io"
)

// headBytes is how much of a file Of looks at.
const headBytes = 512

// kinds are told apart by their first bytes.
var kinds = []struct{ head, what string }{
	{"version https://git-lfs", "a Git LFS pointer and not the model itself; run `git lfs pull` in its folder, or download the file again"},
	{"GGUF", "a GGUF file; name the file itself, not a folder"},
	{"PK\x03\x04", "a zip archive, as PyTorch's .bin and .pt files are: programs, which are not read; get the model's safetensors or a GGUF file (unpack it, if it is an archive of these)"},
	{"\x80\x02", "a Python pickle, as older PyTorch files are: a program, which is not read; get the model's safetensors or a GGUF file"},
	{"\x1f\x8b", "compressed by gzip; unpack it with gunzip or tar -xzf"},
	{"\x28\xb5\x2f\xfd", "compressed by zstd; unpack it with zstd -d"},
	{"\xfd7zXZ\x00", "compressed by xz; unpack it with xz -d"},
	{"BZh", "compressed by bzip2; unpack it with bunzip2"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"},
	{"ggml", "a file of ggml from before GGUF (2023); get the model as GGUF"},
	{"lmgg", "a file of ggml from before GGUF (2023); get the model as GGUF"},
	{"fmgg", "a file of ggml from before GGUF (2023); get the model as GGUF"},
	{"tjgg", "a file of ggml from before GGUF (2023); get the model as GGUF"},
	{"\x89HDF\r\n", "an HDF5 file, as Keras has them; get the model's safetensors or a GGUF file"},
	{"\x7fELF", "a program or a library"},
}

// pages are how web pages begin, in lower case.
var pages = []string{"<!doctype html", "<html", "<?xml"}

// Of says what a file of that size is, and what to do about it, or "" if it is
// nothing that is known here.
func Of(r io.ReaderAt, size int64) string {
	if size == 0 {
		return "empty; the download has not begun, or failed"
	}
	head := make([]byte, min(headBytes, size))
	n, _ := r.ReadAt(head, 0)
	head = head[:n]
	if len(bytes.Trim(head, "\x00")) == 0 {
		return "zeros; the download was not finished"
	}
	for _, k := range kinds {
		if bytes.HasPrefix(head, []byte(k.head)) {
			return k.what
		}
	}
	if len(head) > 9 && head[8] == '{' && bytes.Equal(head[4:8], make([]byte, 4)) {
		return "a safetensors file; name its folder, which has config.json and the tokenizer as well"
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n"))
	for _, p := range pages {
		if bytes.HasPrefix(text, []byte(p)) {
			return "a web page; the address gave a page in the place of the file: log in, accept the model's licence, or take the address of the file itself"
		}
	}
	if bytes.HasPrefix(text, []byte("{\"error")) || bytes.HasPrefix(text, []byte("entry not found")) || bytes.HasPrefix(text, []byte("access to model")) || bytes.HasPrefix(text, []byte("invalid username")) {
		return "a server's error message in the place of the file: log in, accept the model's licence, or look at the address"
	}
	return ""
}
