using System.Buffers.Binary;
using System.Text;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Messages;

/// <summary>
/// The command set of a DIMSE message (PS3.7 §6.3): elements of group 0000, always Implicit VR Little Endian. Elements
/// that PS3.7 does not define are kept. Group length is computed when written.
/// </summary>
public sealed partial class CommandSet
{
    /// <summary>Command Data Set Type (0000,0800) of a message without data set; any other value says there is one.</summary>
    private const ushort NoDataset = 0x0101;

    private readonly SortedList<Tag, ReadOnlyMemory<byte>> _elements = [];

    /// <summary>Elements other than the group length, in order: value bytes as encoded, padding included.</summary>
    public IEnumerable<KeyValuePair<Tag, ReadOnlyMemory<byte>>> Elements => _elements;

    public bool Contains(Tag tag) => _elements.ContainsKey(tag);

    /// <summary>The number; null when absent, or not two bytes.</summary>
    public ushort? GetUInt16(Tag tag) =>
        _elements.TryGetValue(tag, out var value) && value.Length == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(value.Span) : null;

    /// <summary>The text without padding; null when absent or empty.</summary>
    public string? GetString(Tag tag) =>
        _elements.TryGetValue(tag, out var value) && Encoding.Latin1.GetString(value.Span).Trim(' ', '\0') is { Length: > 0 } text ? text : null;

    /// <summary>The tags of an AT element; empty when absent.</summary>
    public IReadOnlyList<Tag> GetTags(Tag tag)
    {
        if (!_elements.TryGetValue(tag, out var value)) return [];
        var tags = new Tag[value.Length / 4];
        for (var i = 0; i < tags.Length; i++)
        {
            var at = value.Span[(4 * i)..];
            tags[i] = new Tag(BinaryPrimitives.ReadUInt16LittleEndian(at), BinaryPrimitives.ReadUInt16LittleEndian(at[2..]));
        }
        return tags;
    }

    /// <summary>Sets value bytes, or removes the element when null.</summary>
    public void Set(Tag tag, ReadOnlyMemory<byte>? value)
    {
        if (tag.Group != 0 || tag.IsGroupLength) throw new ArgumentOutOfRangeException(nameof(tag), tag, "Not an element of a command set.");
        if (value is { } bytes) _elements[tag] = bytes;
        else _elements.Remove(tag);
    }

    private void SetUInt16(Tag tag, ushort? value)
    {
        if (value is not { } number)
        {
            _elements.Remove(tag);
            return;
        }
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, number);
        _elements[tag] = bytes;
    }

    private void SetText(Tag tag, string? value, char padding)
    {
        if (value is null) _elements.Remove(tag);
        else _elements[tag] = Encoding.ASCII.GetBytes((value.Length & 1) == 0 ? value : value + padding);
    }

    private void SetTags(Tag tag, IReadOnlyList<Tag> tags)
    {
        if (tags.Count == 0)
        {
            _elements.Remove(tag);
            return;
        }
        var bytes = new byte[4 * tags.Count];
        for (var i = 0; i < tags.Count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4 * i), tags[i].Group);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan((4 * i) + 2), tags[i].Element);
        }
        _elements[tag] = bytes;
    }
}
