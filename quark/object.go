package quark

import (
	"bytes"
	"encoding/json"
	"errors"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value json.RawMessage
}

// UnmarshalJSON reads an object or null. That names are unique was checked
// before.
func (o *object) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	begin, err := d.Token()
	if err != nil || begin == nil {
		return err
	}
	if begin != json.Delim('{') {
		return errors.New("an object is allowed, or null")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var m member
		m.name, _ = name.(string)
		if err := d.Decode(&m.value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}
