namespace Pacs.Dicom.Tests.Corpus;

/// <summary>A file of the public corpus beside the repository (or in PACS_CORPUS), as its manifest lists it.</summary>
public sealed record CorpusFile(string Path, bool IsReadByDcmdump)
{
    private static readonly string? Folder = Find();

    public static IReadOnlyList<CorpusFile> All { get; } = Folder is null ? [] :
        [.. File.ReadLines(System.IO.Path.Combine(Folder, "MANIFEST.tsv")).Skip(1).Select(line => line.Split('\t')).Select(cells => new CorpusFile(cells[0], cells[^1] == "ok"))];

    public string FullPath => System.IO.Path.Combine(Folder!, Path);

    public byte[] ReadAllBytes() => File.ReadAllBytes(FullPath);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("PACS_CORPUS") is { Length: > 0 } configured) return configured;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "..", "shared", "dicom");
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Pacs.sln")))
                return File.Exists(System.IO.Path.Combine(candidate, "MANIFEST.tsv")) ? candidate : null;
        }
        return null;
    }
}
