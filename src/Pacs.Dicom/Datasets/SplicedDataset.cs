using System.Buffers;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Datasets;

/// <summary>
/// Encodes a data set of which the bulk elements are still where they were read from: what is in memory as it is now, and
/// between it the bytes of each <see cref="BulkElement"/>, copied while the result is read. Memory does not depend on them.
/// </summary>
/// <remarks>Sequences that hold a bulk element get an undefined length; all else is as <see cref="DatasetWriter"/> writes it.</remarks>
public static class SplicedDataset
{
    /// <param name="dataset">As it is to be; elements may have been changed since it was read.</param>
    /// <param name="transferSyntax">In which it was read; not a deflated one.</param>
    /// <param name="source">The data set that was read, from its first byte; can seek; closed with the result.</param>
    /// <returns>A stream to read once, in the same transfer syntax.</returns>
    /// <exception cref="ArgumentException">Deflated, or a source that cannot seek.</exception>
    /// <exception cref="InvalidOperationException">A value is neither in memory nor in the source.</exception>
    public static Stream Open(DicomDataset dataset, TransferSyntax transferSyntax, Stream source)
    {
        if (transferSyntax.IsDeflated) throw new ArgumentException("Inflate it first: what is deflated has no places.", nameof(transferSyntax));
        if (!source.CanSeek) throw new ArgumentException("Bulk values are sought.", nameof(source));
        var pieces = new Pieces();
        pieces.Write(dataset, ElementEncoding.Of(transferSyntax));
        return new SplicedStream(source, pieces.Close());
    }

    /// <summary>Bytes in memory, or a range of the source.</summary>
    internal readonly record struct Piece(ReadOnlyMemory<byte> Bytes, long Offset, long Length);

    private sealed class Pieces
    {
        private readonly List<Piece> _pieces = [];
        private ArrayBufferWriter<byte> _buffer = new();

        public void Write(DicomDataset dataset, ElementEncoding encoding)
        {
            foreach (var element in dataset)
            {
                switch (element)
                {
                    case BulkElement bulk:
                        var vr = bulk.IsEncapsulated ? bulk.Vr : encoding.Fit(bulk.Vr, bulk.Length);
                        Header(encoding, bulk.Tag, vr, bulk.IsEncapsulated ? ElementEncoding.UndefinedLength : checked((uint)bulk.Length));
                        Flush();
                        _pieces.Add(new Piece(default, bulk.Offset, bulk.Length));
                        break;
                    case SequenceElement sequence when sequence.Items.Any(HasBulk):
                        Write(sequence, encoding);
                        break;
                    default:
                        DatasetWriter.Write(element, encoding, _buffer);
                        break;
                }
            }
        }

        public List<Piece> Close()
        {
            Flush();
            return _pieces;
        }

        private static bool HasBulk(DicomDataset dataset) => dataset.Any(e => e is BulkElement || (e is SequenceElement sequence && sequence.Items.Any(HasBulk)));

        private void Write(SequenceElement sequence, ElementEncoding encoding)
        {
            var content = sequence.Vr == Vr.UN ? ElementEncoding.ImplicitLittleEndian : encoding;
            Header(encoding, sequence.Tag, sequence.Vr, ElementEncoding.UndefinedLength);
            foreach (var item in sequence.Items)
            {
                ItemHeader(content, Tags.Item, ElementEncoding.UndefinedLength);
                Write(item, content);
                ItemHeader(content, Tags.ItemDelimitationItem, 0);
            }
            ItemHeader(content, Tags.SequenceDelimitationItem, 0);
        }

        private void Header(ElementEncoding encoding, Tag tag, Vr vr, uint length) =>
            _buffer.Advance(encoding.WriteHeader(_buffer.GetSpan(ElementEncoding.MaxHeaderLength), tag, vr, length));

        private void ItemHeader(ElementEncoding encoding, Tag tag, uint length) => _buffer.Advance(encoding.WriteItemHeader(_buffer.GetSpan(8), tag, length));

        private void Flush()
        {
            if (_buffer.WrittenCount == 0) return;
            _pieces.Add(new Piece(_buffer.WrittenMemory, 0, _buffer.WrittenCount));
            _buffer = new ArrayBufferWriter<byte>();
        }
    }
}
