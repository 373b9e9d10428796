package main

// decodeBytes is how many bytes of weights one decode step reads: all tensors
// but the embedding, of which it takes a row, unless that is the output layer.
func (a *app) decodeBytes() (int64, error) {
	c, err := a.openContainer()
	if err != nil {
		return 0, err
	}
	defer c.close()
	var all, embedding int64
	tied := true
	for _, t := range c.tensors {
		all += t.size
		switch t.name {
		case "token_embd.weight", "model.embed_tokens.weight":
			embedding = t.size
		case "output.weight", "lm_head.weight":
			tied = false
		}
	}
	if tied {
		return all, nil
	}
	return all - embedding, nil
}
