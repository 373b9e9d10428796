package tokenizer

import "testing"

// TestMetaspaceSpellings reads what the versions of tokenizers wrote. The right
// schemes are what version 0.23 makes of them.
func TestMetaspaceSpellings(t *testing.T) {
	for fields, want := range map[string]prependScheme{
		``:                          prependAlways,
		`,"prepend_scheme":"first"`: prependFirst,
		`,"prepend_scheme":"never"`: prependNever,
		`,"add_prefix_space":true`:  prependAlways,
		`,"add_prefix_space":null`:  prependAlways,
		`,"add_prefix_space":true,"prepend_scheme":"first","str_rep":"▁"`: prependFirst,
		`,"add_prefix_space":true,"prepend_scheme":"never"`:               prependNever,
		`,"add_prefix_space":false,"prepend_scheme":"never"`:              prependNever,
		`,"add_prefix_space":false`:                                       "",
		`,"add_prefix_space":false,"prepend_scheme":"first"`:              "",
		`,"prepend_scheme":"sometimes"`:                                   "",
		`,"something":1`:                                                  "",
	} {
		tok := &Tokenizer{model: &bpe{}}
		err := tok.parsePreTokenizer([]byte(`{"type":"Metaspace","replacement":"▁"` + fields + `}`))
		if want == "" {
			if err == nil {
				t.Errorf("%s: accepted", fields)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", fields, err)
			continue
		}
		if got := tok.split[0].(metaspace); got != (metaspace{"▁", want, true}) {
			t.Errorf("%s: %v", fields, got)
		}
	}
}

// TestSingleWord: what tokenizers 0.23 takes for a part of a word.
func TestSingleWord(t *testing.T) {
	m := newMatcher([]added{{text: "<w>", singleWord: true}})
	for beside, found := range map[string]bool{
		"\u200D": false, "\u200C": false, "a": false, "\u0301": false, "\u2160": false, "\u203F": false,
		" ": true, "-": true, "\u00B2": true,
	} {
		for _, text := range []string{beside + "<w>", "<w>" + beside} {
			got := false
			for _, f := range m.fragments(text, false) {
				got = got || f.id != none
			}
			if got != found {
				t.Errorf("%q: found %v", text, got)
			}
		}
	}
}
