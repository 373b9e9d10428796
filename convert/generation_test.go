package convert

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocmforge/rocmforge/gguf"
	"github.com/rocmforge/rocmforge/gopher"
)

// TestSamplingJoinsCarriedText: keys that were set after the text was carried
// go into the folder; what the text says stays, to the byte if that is all.
func TestSamplingJoinsCarriedText(t *testing.T) {
	r := gopher.Model() // temperature 0.7 and others
	file, err := gguf.Read(r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	f := &export{meta: file.Metadata}
	for _, c := range []struct{ text, want string }{
		{`{"eos_token_id": 1, "top_k": null}`, `{"eos_token_id": 1, "do_sample": true, "temperature": 0.7, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "repetition_penalty": 1.15}`},
		{`{"do_sample": false, "top_k": 7}`, `{"do_sample": false, "temperature": 0.7, "top_k": 7, "top_p": 0.95, "min_p": 0.05, "repetition_penalty": 1.15}`},
	} {
		text, err := f.withSampling(c.text)
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.text, diff)
		}
		if again, err := f.withSampling(text); err != nil || again != text {
			t.Errorf("a complete text became %s, %v", again, err)
		}
	}
}
