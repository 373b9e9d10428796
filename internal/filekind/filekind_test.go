package filekind

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	for text, want := range map[string]string{
		"": "empty",
		"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n": "git lfs pull",
		"\n <!DOCTYPE HTML>\n<html>":                                          "web page",
		"\ufeff<html lang=\"en\">":                                            "web page",
		"PK\x03\x04rest":                                                      "zip archive",
		"\x80\x02}q\x00":                                                      "pickle",
		"\x1f\x8b\x08\x00":                                                    "gzip",
		"Entry not found":                                                     "server's error",
		"{\"error\":\"Repo not found\"}":                                      "server's error",
		strings.Repeat("\x00", 600):                                           "zeros",
		"lmgg\x01":                                                            "before GGUF",
		"\x40\x00\x00\x00\x00\x00\x00\x00{\"a\":1}":                           "name its folder",
		"GGUF\x03\x00\x00\x00":                                                "name the file itself",
		"{\"__metadata__\":{}}":                                               "",
		"\x10\x00\x00\x00\x00\x00\x00\x00":                                    "",
		"G":                                                                   "",
	} {
		got := Of(strings.NewReader(text), int64(len(text)))
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%.20q is %q; want %q", text, got, want)
		}
	}
}
