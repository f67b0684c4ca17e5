using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;

namespace Pacs.Storage.Ingest;

/// <summary>The one way into the archive: C-STORE, STOW-RS and import all come here.</summary>
public sealed class IngestService
{
    private const int MaxFileMeta = 1 << 20;
    private readonly IngestPipeline _pipeline;

    internal IngestService(IngestPipeline pipeline) => _pipeline = pipeline;

    /// <summary>Begins an object. Cheap; refuses at once when the disk's reserve is used up (the session then ends in <see cref="IngestOutcome.OutOfResources"/>).</summary>
    public IngestSession Begin(IngestRequest request) => new(_pipeline, request);

    /// <summary>
    /// Stores a Part 10 file as it is read. What its file meta says of UIDs is not held against the data set: the file is
    /// written with a fresh one.
    /// </summary>
    /// <param name="file">From the preamble on; not closed.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="studyInstanceUid">The study that it has to belong to; null for any.</param>
    /// <param name="cancellation">Ends the reading; once all is read the object is stored.</param>
    public async Task<IngestResult> IngestFileAsync(Stream file, IngestSource source, string? studyInstanceUid, CancellationToken cancellation)
    {
        var buffer = new byte[256 * 1024];
        var filled = 0;
        FileMetaInformation? meta = null;
        var dataset = 0;
        for (var isFinal = false; meta is null && !isFinal;)
        {
            if (filled == buffer.Length && filled >= MaxFileMeta) return new IngestResult(IngestOutcome.NotUnderstood, "Not a DICOM file: no end of the file meta.");
            if (filled == buffer.Length) Array.Resize(ref buffer, filled * 2);
            var read = await file.ReadAsync(buffer.AsMemory(filled), cancellation);
            filled += read;
            isFinal = read == 0;
            try
            {
                meta = ReadMeta(buffer.AsSpan(0, filled), isFinal, out dataset);
            }
            catch (DicomFormatException e)
            {
                return new IngestResult(IngestOutcome.NotUnderstood, e.Message);
            }
        }
        if (meta is null) return new IngestResult(IngestOutcome.NotUnderstood, "Not a DICOM file.");
        using var session = Begin(new IngestRequest(meta.TransferSyntax, source) { StudyInstanceUid = studyInstanceUid, FileMeta = meta });
        session.Write(buffer.AsSpan(dataset, filled - dataset));
        for (int read; (read = await file.ReadAsync(buffer, cancellation)) > 0;) session.Write(buffer.AsSpan(0, read));
        return await session.CompleteAsync(cancellation);
    }

    private static FileMetaInformation? ReadMeta(ReadOnlySpan<byte> bytes, bool isFinal, out int dataset)
    {
        var rest = bytes;
        Part10Parser.TryRead(ref rest, isFinal, out var meta);
        dataset = bytes.Length - rest.Length;
        return meta;
    }
}
