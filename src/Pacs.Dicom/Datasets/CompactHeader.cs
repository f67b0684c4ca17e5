using System.Buffers;
using System.Buffers.Binary;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>
/// A data set without its bulk data as compact bytes, to be kept apart from the object: tags, VRs and values as read
/// (text untouched, numbers little endian), with each <see cref="BulkElement"/> as a reference.
/// <code>
///   header    version 1 | data set
///   data set  count × 2 + undefined length? | elements
///   element   group 2 | element 2 | VR 2 | argument × 4 + kind | …
///     0 value       argument = length            | bytes
///     1 sequence    argument = items × 2 + undefined length? | data sets
///     2 bulk        argument = length × 2 + encapsulated? | offset
///     3 fragments   argument = count             | each: length, bytes
/// </code>
/// All counts, lengths and offsets are LEB128.
/// </summary>
public static class CompactHeader
{
    private const byte Version = 1;
    private const int MaxDepth = 512;

    private const int Value = 0, Sequence = 1, Bulk = 2, Fragments = 3;

    public static byte[] Encode(DicomDataset dataset)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        output.Write([Version]);
        Encode(dataset, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Values are slices of the given memory.</summary>
    /// <exception cref="DicomFormatException">Not made by <see cref="Encode(DicomDataset)"/>.</exception>
    public static DicomDataset Decode(ReadOnlyMemory<byte> header)
    {
        var decoder = new Decoder(header);
        return decoder.Decode();
    }

    private static void Encode(DicomDataset dataset, ArrayBufferWriter<byte> output)
    {
        WriteNumber(output, ((long)dataset.Count << 1) | (dataset.HasUndefinedLength ? 1L : 0));
        foreach (var element in dataset)
        {
            var head = output.GetSpan(6);
            BinaryPrimitives.WriteUInt16LittleEndian(head, element.Tag.Group);
            BinaryPrimitives.WriteUInt16LittleEndian(head[2..], element.Tag.Element);
            BinaryPrimitives.WriteUInt16LittleEndian(head[4..], (ushort)element.Vr);
            output.Advance(6);
            EncodeContent(element, output);
        }
    }

    private static void EncodeContent(DicomElement element, ArrayBufferWriter<byte> output)
    {
        switch (element)
        {
            case ValueElement { Value: var value }:
                WriteNumber(output, ((long)value.Length << 2) | Value);
                output.Write(value.Span);
                break;
            case SequenceElement { Items: var items } sequence:
                WriteNumber(output, ((long)items.Count << 3) | (sequence.HasUndefinedLength ? 4L : 0) | Sequence);
                foreach (var item in items) Encode(item, output);
                break;
            case BulkElement bulk:
                WriteNumber(output, (bulk.Length << 3) | (bulk.IsEncapsulated ? 4L : 0) | Bulk);
                WriteNumber(output, bulk.Offset);
                break;
            case FragmentsElement { Fragments: var fragments }:
                WriteNumber(output, ((long)fragments.Count << 2) | Fragments);
                foreach (var fragment in fragments)
                {
                    WriteNumber(output, fragment.Length);
                    output.Write(fragment.Span);
                }
                break;
        }
    }

    private static void WriteNumber(ArrayBufferWriter<byte> output, long number) => VariableLengthNumber.Write(output, number);

    private ref struct Decoder(ReadOnlyMemory<byte> header)
    {
        private readonly ReadOnlySpan<byte> _bytes = header.Span;
        private int _position;

        public DicomDataset Decode()
        {
            if (Take(1)[0] != Version) throw Fault("Not a compact header of this version.");
            var dataset = DecodeDataset(0);
            return _position == _bytes.Length ? dataset : throw Fault("Bytes after the end.");
        }

        private DicomDataset DecodeDataset(int depth)
        {
            if (depth > MaxDepth) throw Fault($"Nested more than {MaxDepth} deep.");
            var head = ReadNumber();
            var count = Count(head >> 1, 7);
            var dataset = new DicomDataset(count) { HasUndefinedLength = (head & 1) != 0 };
            for (; count > 0; count--) dataset.Append(DecodeElement(depth));
            return dataset;
        }

        private DicomElement DecodeElement(int depth)
        {
            var head = Take(6);
            var tag = new Tag(BinaryPrimitives.ReadUInt16LittleEndian(head), BinaryPrimitives.ReadUInt16LittleEndian(head[2..]));
            var vr = (Vr)BinaryPrimitives.ReadUInt16LittleEndian(head[4..]);
            var number = ReadNumber();
            switch (number & 3)
            {
                case Value:
                    return new ValueElement(tag, vr, TakeMemory(number >> 2));
                case Sequence:
                    var items = new DicomDataset[Count(number >> 3, 1)];
                    for (var i = 0; i < items.Length; i++) items[i] = DecodeDataset(depth + 1);
                    return new SequenceElement(tag, items, (number & 4) != 0, vr);
                case Bulk:
                    return new BulkElement(tag, vr, ReadNumber(), number >> 3, (number & 4) != 0);
                default:
                    var fragments = new ReadOnlyMemory<byte>[Count(number >> 2, 1)];
                    for (var i = 0; i < fragments.Length; i++) fragments[i] = TakeMemory(ReadNumber());
                    return new FragmentsElement(tag, vr, fragments);
            }
        }

        /// <summary>A number of things that each take some bytes cannot be larger than the bytes left allow.</summary>
        private readonly int Count(long count, int minBytesEach) =>
            count <= (_bytes.Length - _position) / minBytesEach ? (int)count : throw Fault("A count reaches past the end.");

        private ReadOnlyMemory<byte> TakeMemory(long length)
        {
            var begin = _position;
            Take(length);
            return header.Slice(begin, (int)length);
        }

        private ReadOnlySpan<byte> Take(long length)
        {
            if (length > _bytes.Length - _position) throw Fault("A length reaches past the end.");
            var taken = _bytes.Slice(_position, (int)length);
            _position += (int)length;
            return taken;
        }

        private long ReadNumber()
        {
            if (!VariableLengthNumber.TryRead(_bytes[_position..], out var number, out var length)) throw Fault("A number does not end.");
            _position += length;
            return number;
        }

        private readonly DicomFormatException Fault(string message) => new(message, _position);
    }
}
