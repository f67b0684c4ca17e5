using Pacs.TestKit.Processes;

namespace Pacs.TestKit.Samples;

/// <summary>
/// The public DICOM files made by others, when they are there: in the folder that PACS_CORPUS names, else in
/// <c>shared/dicom</c> beside the repository.
/// </summary>
public static class Corpus
{
    /// <summary>Null when there is none.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>The files of the manifest; empty, and said so, when there is no corpus.</summary>
    /// <param name="say">Where to say so: the output of the test.</param>
    /// <param name="under">Only files of this folder: "charsets/".</param>
    public static IReadOnlyList<CorpusFile> Files(Action<string> say, string under = "")
    {
        if (Folder is null)
        {
            say("No corpus of DICOM files here: nothing checked. Set PACS_CORPUS to a folder with a MANIFEST.tsv.");
            return [];
        }
        var lines = File.ReadAllLines(Path.Combine(Folder, "MANIFEST.tsv"));
        var header = lines[0].Split('\t');
        CorpusFile[] files = [.. lines.Skip(1).Select(l => new CorpusFile(Folder, header, l.Split('\t'))).Where(f => f.Path.StartsWith(under, StringComparison.Ordinal))];
        say($"Corpus: {files.Length} files of {Path.Combine(Folder, under)}.");
        return files;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("PACS_CORPUS") is { Length: > 0 } named)
            return File.Exists(Path.Combine(named, "MANIFEST.tsv")) ? named : null;
        var beside = Path.Combine(RepositoryPaths.Root, "..", "shared", "dicom");
        return File.Exists(Path.Combine(beside, "MANIFEST.tsv")) ? Path.GetFullPath(beside) : null;
    }
}
