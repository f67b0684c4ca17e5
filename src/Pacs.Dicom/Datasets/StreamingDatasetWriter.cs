using System.Buffers;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Datasets;

/// <summary>
/// Encodes data sets of which some elements are <see cref="StreamedElement"/>s, at any depth, piece by piece. Sequences that
/// hold one get an undefined length; all else is as <see cref="DatasetWriter"/> writes it.
/// </summary>
public sealed class StreamingDatasetWriter
{
    private const int BufferLength = 256 * 1024;

    /// <summary>Longest fragment: a longer piece is divided, as video may be (PS3.5 §8.2.5).</summary>
    private const long MaxFragment = 1L << 30;

    private readonly ElementEncoding _encoding;
    private readonly Action<ReadOnlySpan<byte>> _output;
    private readonly ArrayBufferWriter<byte> _buffer = new();

    private StreamingDatasetWriter(TransferSyntax transferSyntax, Action<ReadOnlySpan<byte>> output) =>
        (_encoding, _output) = (ElementEncoding.Of(transferSyntax), output);

    /// <summary>Writes the data set.</summary>
    /// <param name="dataset">Without bulk elements or references.</param>
    /// <param name="transferSyntax">Little endian and not deflated.</param>
    /// <param name="output">Takes the bytes, in order.</param>
    /// <exception cref="InvalidOperationException">A value is not here, or too long for an element that is not encapsulated.</exception>
    /// <exception cref="IOException">A value cannot be read, or ends before its length.</exception>
    public static void Write(DicomDataset dataset, TransferSyntax transferSyntax, Action<ReadOnlySpan<byte>> output)
    {
        if (transferSyntax.IsBigEndian || transferSyntax.IsDeflated) throw new ArgumentException("Little endian and not deflated only.", nameof(transferSyntax));
        var writer = new StreamingDatasetWriter(transferSyntax, output);
        writer.WriteElements(dataset);
        writer.Flush();
    }

    private void WriteElements(DicomDataset dataset)
    {
        foreach (var element in dataset)
        {
            switch (element)
            {
                case StreamedElement { IsEncapsulated: true } encapsulated:
                    WriteFragments(encapsulated);
                    break;
                case StreamedElement streamed:
                    WriteValue(streamed);
                    break;
                case SequenceElement sequence when sequence.Items.Any(HasStreamed):
                    WriteSequence(sequence);
                    break;
                default:
                    DatasetWriter.Write(element, _encoding, _buffer);
                    if (_buffer.WrittenCount >= BufferLength) Flush();
                    break;
            }
        }
    }

    private static bool HasStreamed(DicomDataset dataset) =>
        dataset.Any(e => e is StreamedElement || (e is SequenceElement sequence && sequence.Items.Any(HasStreamed)));

    private void WriteSequence(SequenceElement sequence)
    {
        Header(sequence.Tag, Vr.SQ, ElementEncoding.UndefinedLength);
        foreach (var item in sequence.Items)
        {
            ItemHeader(Tags.Item, ElementEncoding.UndefinedLength);
            WriteElements(item);
            ItemHeader(Tags.ItemDelimitationItem, 0);
        }
        ItemHeader(Tags.SequenceDelimitationItem, 0);
    }

    private void WriteValue(StreamedElement element)
    {
        var length = element.Length + (element.Length & 1);
        if (length >= ElementEncoding.UndefinedLength) throw new InvalidOperationException($"The value of {element.Tag} is longer than an element can be.");
        var vr = _encoding.Fit(element.Vr, length);
        Header(element.Tag, vr, (uint)length);
        foreach (var piece in element.Pieces) Copy(piece, 0, piece.Length);
        if ((element.Length & 1) != 0) _buffer.Write(stackalloc byte[] { element.Vr.Padding });
    }

    private void WriteFragments(StreamedElement element)
    {
        Header(element.Tag, Vr.OB, ElementEncoding.UndefinedLength);
        ItemHeader(Tags.Item, 0);
        foreach (var piece in element.Pieces)
        {
            for (long offset = 0, length; offset < piece.Length; offset += length)
            {
                length = Math.Min(MaxFragment, piece.Length - offset);
                ItemHeader(Tags.Item, (uint)(length + (length & 1)));
                Copy(piece, offset, length);
                if ((length & 1) != 0) _buffer.Write("\0"u8);
            }
        }
        ItemHeader(Tags.SequenceDelimitationItem, 0);
    }

    private void Copy(StreamedValue value, long offset, long length)
    {
        Flush();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            using var stream = value.Open();
            if (offset > 0) stream.Seek(offset, SeekOrigin.Current);
            for (int read; length > 0; length -= read)
            {
                read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
                if (read == 0) throw new EndOfStreamException("A value ends before its length.");
                _output(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Header(Tag tag, Vr vr, uint length) => _buffer.Advance(_encoding.WriteHeader(_buffer.GetSpan(ElementEncoding.MaxHeaderLength), tag, vr, length));

    private void ItemHeader(Tag tag, uint length) => _buffer.Advance(_encoding.WriteItemHeader(_buffer.GetSpan(8), tag, length));

    private void Flush()
    {
        if (_buffer.WrittenCount > 0) _output(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }
}
