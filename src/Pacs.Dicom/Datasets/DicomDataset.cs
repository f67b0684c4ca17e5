using System.Collections;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>
/// A data set or sequence item (PS3.5 §7): elements in the order of their tags, or – when read – in the order they came.
/// Not safe for concurrent writers.
/// </summary>
public sealed partial class DicomDataset : IEnumerable<DicomElement>
{
    private readonly List<DicomElement> _elements;
    private bool _unordered;
    private DicomDataset? _parent;
    private SpecificCharacterSet? _characterSet;

    public DicomDataset() : this(0) { }

    internal DicomDataset(int capacity) => _elements = new(capacity);

    public int Count => _elements.Count;

    /// <summary>As a sequence item: ends with a delimitation item rather than after a stated length.</summary>
    public bool HasUndefinedLength { get; init; }

    /// <summary>The encoding of this data set's text: its own (0008,0005), else that of the data set it is an item of, else ASCII.</summary>
    public SpecificCharacterSet CharacterSet => _characterSet ?? _parent?.CharacterSet ?? SpecificCharacterSet.Default;

    public DicomElement? this[Tag tag] => TryGet(tag, out var element) ? element : null;

    public bool Contains(Tag tag) => IndexOf(tag) >= 0;

    public bool TryGet(Tag tag, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DicomElement? element)
    {
        var index = IndexOf(tag);
        element = index >= 0 ? _elements[index] : null;
        return element is not null;
    }

    /// <summary>Adds the element in its place, replacing one of the same tag.</summary>
    public DicomDataset Set(DicomElement element)
    {
        Adopt(element);
        var index = IndexOf(element.Tag);
        if (index >= 0) _elements[index] = element;
        else _elements.Insert(~index, element);
        return this;
    }

    public bool Remove(Tag tag)
    {
        var index = IndexOf(tag);
        if (index < 0) return false;
        if (tag == SpecificCharacterSet.Tag) _characterSet = null;
        _elements.RemoveAt(index);
        return true;
    }

    public IEnumerator<DicomElement> GetEnumerator() => _elements.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds at the end whatever the order: what a reader does, so that bytes survive a round trip.</summary>
    internal void Append(DicomElement element)
    {
        Adopt(element);
        if (_elements.Count > 0 && element.Tag <= _elements[^1].Tag) _unordered = true;
        _elements.Add(element);
    }

    /// <summary>
    /// What the JSON and XML models have (PS3.18 §F.2.2, PS3.19 §A.1.1): neither file meta information nor group lengths, and
    /// ordered by tag though the data set may have come otherwise; of two with one tag the first counts.
    /// </summary>
    internal IEnumerable<DicomElement> InOrder()
    {
        var mended = _unordered ? _elements.OrderBy(e => e.Tag.Value).DistinctBy(e => e.Tag) : _elements;
        return mended.Where(e => e.Tag.Group != 2 && !e.Tag.IsGroupLength);
    }

    private void Adopt(DicomElement element)
    {
        if (element is SequenceElement { Items: var items })
        {
            foreach (var item in items) item._parent = this;
        }
        else if (element.Tag == SpecificCharacterSet.Tag)
        {
            _characterSet = element is ValueElement value ? SpecificCharacterSet.Parse(value.Value.Span) : null;
        }
    }

    private int IndexOf(Tag tag)
    {
        if (_unordered)
        {
            for (var i = 0; i < _elements.Count; i++)
            {
                if (_elements[i].Tag == tag) return i;
            }
            return ~_elements.Count;
        }
        int low = 0, high = _elements.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = _elements[middle].Tag.CompareTo(tag);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }
}
