package tokenizer

import "slices"

// endNames are special tokens that end a model's turn, whatever the file names
// as EOS: many files name only one of theirs. From the published chat formats
// of the families.
var endNames = []string{
	"</s>", "<eos>", "<|endoftext|>", "<|end_of_text|>", // end of a text
	"<|eot_id|>", "<|eom_id|>", // Llama 3
	"<|im_end|>",                     // ChatML: Qwen and others
	"<end_of_turn>",                  // Gemma
	"<｜end▁of▁sentence｜>", "<|EOT|>", // DeepSeek
	"<|return|>", "<|call|>", // gpt-oss
	"<|end|>",                          // Phi
	"<|END_OF_TURN_TOKEN|>", "<|eot|>", // Command R, Llama 4
}

// setEnds collects the tokens that end the generation: eos, the ids that the
// file names, and the special tokens known by name.
func (t *Tokenizer) setEnds(named ...int32) {
	t.ends = nil
	ids := map[string]int32{}
	for id, tok := range t.tokens {
		if tok.kind == Special && slices.Contains(endNames, tok.text) {
			ids[tok.text] = int32(id)
		}
	}
	if _, harmony := ids["<|return|>"]; harmony {
		delete(ids, "<|end|>") // there it ends a message, and the turn goes on
	}
	for _, id := range ids {
		named = append(named, id)
	}
	for _, id := range append(named, t.eos) {
		if id != none {
			t.ends = append(t.ends, id)
		}
	}
	slices.Sort(t.ends)
	t.ends = slices.Compact(t.ends)
}
