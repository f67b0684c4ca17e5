using System.Collections;

namespace Pacs.Dicom.Parsing;

/// <summary>Fragments of encapsulated data lie one behind the other, an item header of 8 bytes between: only their ends are kept.</summary>
internal sealed class FragmentList(long firstItemOffset) : IReadOnlyList<(long Offset, uint Length)>
{
    private const int ItemHeaderLength = 8;
    private readonly List<long> _ends = [];

    public int Count => _ends.Count;

    public (long Offset, uint Length) this[int index]
    {
        get
        {
            var offset = (index == 0 ? firstItemOffset : _ends[index - 1]) + ItemHeaderLength;
            return (offset, (uint)(_ends[index] - offset));
        }
    }

    public void Add(uint length) => _ends.Add((_ends.Count == 0 ? firstItemOffset : _ends[^1]) + ItemHeaderLength + length);

    public IEnumerator<(long Offset, uint Length)> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
