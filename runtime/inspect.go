package runtime

import (
	"errors"
	"io"

	"github.com/rocmforge/rocmforge/models"
)

// An Inspection is what the headers of a model tell.
type Inspection struct {
	Config models.Config
	Device string // that the model would run on
	Plan   Plan   // of its memory
}

// Inspect plans a model without touching its weights. An error says why Open
// would fail; what was found out before that is returned with it.
func Inspect(path string, o Options) (Inspection, error) {
	f, err := openFile(path)
	return inspect(f, o, err)
}

// InspectReader is Inspect for a GGUF file that a reader reads.
func InspectReader(r io.ReaderAt, size int64, o Options) (Inspection, error) {
	f, err := readFile(r, size)
	return inspect(f, o, err)
}

func inspect(f *file, o Options, err error) (Inspection, error) {
	if err != nil {
		return Inspection{}, err
	}
	i := Inspection{Config: *f.config}
	m, err := prepare(f, o)
	if m.dev != nil {
		i.Device, i.Plan = m.Device(), m.Plan()
	}
	return i, errors.Join(err, m.Close(), f.source.Close())
}
