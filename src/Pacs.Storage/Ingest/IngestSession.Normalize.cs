using System.Buffers;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Blobs;

namespace Pacs.Storage.Ingest;

/// <summary>Storing native objects in Explicit VR Little Endian. Values do not change, so the sender is told plain success.</summary>
public sealed partial class IngestSession
{
    private const int CopyLength = 256 * 1024;

    /// <summary>What is Explicit VR Little Endian already is written again only for VRs that no reader knows.</summary>
    private bool IsToBeNormalized(DicomDataset dataset) => _request.Rules.NormalizeToExplicitVrLittleEndian && _transferSyntax.IsNative
        && (_transferSyntax != TransferSyntaxRegistry.ExplicitVrLittleEndian || HasUnknownVr(dataset));

    private static bool HasUnknownVr(DicomDataset dataset) =>
        dataset.Any(e => !e.Vr.IsKnown || (e is SequenceElement sequence && sequence.Items.Any(HasUnknownVr)));

    /// <summary>
    /// Reads back what was received, whole and in order by now, and writes it into a new blob, past a new parser: from then
    /// on the object is as if it had come so. The blob received is gone with the method.
    /// </summary>
    /// <exception cref="DicomFormatException">It cannot be encoded anew.</exception>
    /// <exception cref="IOException">No room, or the medium fails.</exception>
    private DicomDataset Normalize()
    {
        using var received = _blob!;
        _parser.Dispose();
        using var stream = NativeTranscodingStream.Normalize(new WrittenStream(received, _header.Length), _transferSyntax, _request.Rules.UseUnknownVr ? Vr.UN : Vr.OB);
        _transferSyntax = TransferSyntaxRegistry.ExplicitVrLittleEndian;
        (_parser, _crc, _nextRoomCheck) = (new DatasetParser(_transferSyntax, InstanceFactory.Limits), new Crc32C(), 0);
        _blob = _pipeline.Blobs.Create();
        _header = Header(_request.SopClassUid, _request.SopInstanceUid);
        _blob.Write(_header);
        var buffer = ArrayPool<byte>.Shared.Rent(CopyLength);
        try
        {
            for (int read; _refusal is null && (read = stream.Read(buffer)) > 0;) Write(buffer.AsSpan(0, read));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return _refusal is null ? _parser.Complete() : new DicomDataset();
    }
}
