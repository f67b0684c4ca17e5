using System.Buffers;
using System.IO.Compression;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Datasets;

/// <summary>
/// Encodes data sets (PS3.5 §7). What a parser read is written back as the same bytes in the same transfer syntax
/// (deflate apart: the same bytes once inflated).
/// </summary>
public static class DatasetWriter
{
    private const int ItemHeaderLength = 8;

    /// <summary>Bulk elements are refused: their bytes are not here.</summary>
    /// <exception cref="InvalidOperationException">The data set holds a <see cref="BulkElement"/>.</exception>
    public static void Write(DicomDataset dataset, TransferSyntax transferSyntax, IBufferWriter<byte> output)
    {
        var encoding = ElementEncoding.Of(transferSyntax);
        if (transferSyntax.IsDeflated) WriteDeflated(dataset, encoding, output);
        else Write(dataset, encoding, output);
    }

    /// <inheritdoc cref="Write(DicomDataset, TransferSyntax, IBufferWriter{byte})"/>
    public static byte[] ToArray(DicomDataset dataset, TransferSyntax transferSyntax)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(dataset, transferSyntax, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteDeflated(DicomDataset dataset, ElementEncoding encoding, IBufferWriter<byte> output)
    {
        var plain = new ArrayBufferWriter<byte>();
        Write(dataset, encoding, plain);
        using var deflated = new MemoryStream();
        using (var deflate = new DeflateStream(deflated, CompressionLevel.Optimal, leaveOpen: true)) deflate.Write(plain.WrittenSpan);
        if (plain.WrittenCount == 0) deflated.Write(DeflatingStream.EmptyStream);
        // PS3.5 §A.5: padded to an even length by a byte after the end of the deflate stream.
        if ((deflated.Length & 1) != 0) deflated.WriteByte(0);
        output.Write(deflated.GetBuffer().AsSpan(0, (int)deflated.Length));
    }

    private static void Write(DicomDataset dataset, ElementEncoding encoding, IBufferWriter<byte> output)
    {
        foreach (var element in dataset) Write(element, encoding, output);
    }

    internal static void Write(DicomElement element, ElementEncoding encoding, IBufferWriter<byte> output)
    {
        switch (element)
        {
            case ValueElement value:
                WriteHeader(output, encoding, value.Tag, encoding.Fit(value.Vr, value.Value.Length), (uint)value.Value.Length);
                WriteValue(value, encoding, output);
                break;
            case SequenceElement sequence:
                WriteSequence(sequence, encoding, output);
                break;
            case FragmentsElement fragments:
                WriteHeader(output, encoding, fragments.Tag, fragments.Vr, ElementEncoding.UndefinedLength);
                foreach (var fragment in fragments.Fragments)
                {
                    WriteItemHeader(output, encoding, Tags.Item, (uint)fragment.Length);
                    output.Write(fragment.Span);
                }
                WriteItemHeader(output, encoding, Tags.SequenceDelimitationItem, 0);
                break;
            default:
                throw new InvalidOperationException($"The value of {element.Tag} is not in memory: read the data set with {nameof(DatasetLimits.KeepBulkData)}.");
        }
    }

    private static void WriteValue(ValueElement element, ElementEncoding encoding, IBufferWriter<byte> output)
    {
        var value = element.Value.Span;
        if (!encoding.IsBigEndian || encoding.Fit(element.Vr, value.Length).UnitSize == 1)
        {
            output.Write(value);
            return;
        }
        var swapped = output.GetSpan(value.Length)[..value.Length];
        value.CopyTo(swapped);
        ElementEncoding.SwapUnits(swapped, element.Vr);
        output.Advance(value.Length);
    }

    private static void WriteSequence(SequenceElement sequence, ElementEncoding encoding, IBufferWriter<byte> output)
    {
        var content = ContentEncoding(sequence, encoding);
        var isUndefined = HasUndefinedLength(sequence, encoding);
        WriteHeader(output, encoding, sequence.Tag, sequence.Vr, isUndefined ? ElementEncoding.UndefinedLength : LengthField(ContentLength(sequence, content)));
        foreach (var item in sequence.Items)
        {
            WriteItemHeader(output, content, Tags.Item, item.HasUndefinedLength ? ElementEncoding.UndefinedLength : LengthField(Length(item, content)));
            Write(item, content, output);
            if (item.HasUndefinedLength) WriteItemHeader(output, content, Tags.ItemDelimitationItem, 0);
        }
        if (isUndefined) WriteItemHeader(output, content, Tags.SequenceDelimitationItem, 0);
    }

    /// <summary>A sequence as UN is recognised by its undefined length alone (PS3.5 §6.2.2).</summary>
    private static bool HasUndefinedLength(SequenceElement sequence, ElementEncoding encoding) =>
        sequence.HasUndefinedLength || (sequence.Vr == Vr.UN && encoding.IsExplicitVr);

    private static ElementEncoding ContentEncoding(SequenceElement sequence, ElementEncoding encoding) =>
        sequence.Vr == Vr.UN ? ElementEncoding.ImplicitLittleEndian : encoding;

    private static long Length(DicomDataset dataset, ElementEncoding encoding) => dataset.Sum(element => Length(element, encoding));

    private static long Length(DicomElement element, ElementEncoding encoding) => element switch
    {
        ValueElement { Value.Length: var length } => encoding.HeaderLength(encoding.Fit(element.Vr, length)) + length,
        FragmentsElement fragments => encoding.HeaderLength(element.Vr) + fragments.Fragments.Sum(f => (long)ItemHeaderLength + f.Length) + ItemHeaderLength,
        SequenceElement sequence => encoding.HeaderLength(element.Vr) + ContentLength(sequence, ContentEncoding(sequence, encoding))
            + (HasUndefinedLength(sequence, encoding) ? ItemHeaderLength : 0),
        _ => 0,
    };

    private static long ContentLength(SequenceElement sequence, ElementEncoding encoding) =>
        sequence.Items.Sum(item => ItemHeaderLength + Length(item, encoding) + (item.HasUndefinedLength ? ItemHeaderLength : 0));

    private static uint LengthField(long length) => length < ElementEncoding.UndefinedLength
        ? (uint)length
        : throw new InvalidOperationException("A sequence of 4 GiB or more needs an undefined length.");

    private static void WriteHeader(IBufferWriter<byte> output, ElementEncoding encoding, Tag tag, Vr vr, uint length) =>
        output.Advance(encoding.WriteHeader(output.GetSpan(ElementEncoding.MaxHeaderLength), tag, vr, length));

    private static void WriteItemHeader(IBufferWriter<byte> output, ElementEncoding encoding, Tag tag, uint length) =>
        output.Advance(encoding.WriteItemHeader(output.GetSpan(ItemHeaderLength), tag, length));
}
