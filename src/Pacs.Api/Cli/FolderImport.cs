using System.Buffers;
using Pacs.Storage.Ingest;

namespace Pacs.Api.Cli;

/// <summary>Ingests the files of a folder tree, several at a time. What is no DICOM file is passed over.</summary>
internal sealed class FolderImport(IngestService ingest, ImportTree tree, ImportProgress progress)
{
    /// <summary>Files under way at a time: while one is flushed, others are read.</summary>
    private const int Concurrency = 8;

    private const int BufferSize = 256 * 1024;
    private const int MagicOffset = 128;

    public async Task RunAsync(string folder, CancellationToken cancellation)
    {
        var files = tree.Files(folder).ToList();
        progress.Begin(files.Count, tree);
        var limits = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellation };
        await Parallel.ForEachAsync(files, limits, async (file, stopping) =>
        {
            var (result, isDicom) = await ImportAsync(file, stopping);
            progress.Add(file, result, isDicom);
        });
    }

    /// <summary>What came of the file, and whether it says of itself that it is DICOM: then it is no failure to be passed over.</summary>
    private async Task<(IngestResult Result, bool IsDicom)> ImportAsync(string file, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            using var session = new Part10IngestSession(ingest, new IngestSource("import"));
            var isDicom = false;
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                isDicom |= stream.Position == read && buffer.AsSpan(0, read) is { Length: > MagicOffset } head && head[MagicOffset..].StartsWith("DICM"u8);
                session.Write(new ReadOnlySequence<byte>(buffer, 0, read));
            }
            return (await session.CompleteAsync(cancellation), isDicom);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (new IngestResult(IngestOutcome.ProcessingFailure, e.Message), true);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
