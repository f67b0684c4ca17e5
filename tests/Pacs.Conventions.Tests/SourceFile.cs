using System.Text.RegularExpressions;
using Pacs.TestKit.Processes;

namespace Pacs.Conventions.Tests;

/// <summary>A C# file of the repository; what tools write is left out.</summary>
internal sealed partial record SourceFile(string Path, string Text)
{
    public static IReadOnlyList<SourceFile> All { get; } = [.. Read("src"), .. Read("tests"), .. Read("tools"), .. Read("bench")];

    public IReadOnlyList<string> Lines { get; } = Text.Split('\n');

    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);
    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal);
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>As the folder has it: "src/Pacs.Dicom/Json" is Pacs.Dicom.Json.</summary>
    public string ExpectedNamespace => System.IO.Path.GetDirectoryName(Path)!.Split('/', 2)[1].Replace('/', '.');

    public string? Namespace => NamespaceLine().Match(Text) is { Success: true } match ? match.Groups[1].Value : null;

    public IReadOnlyList<string> PublicTypes => [.. TypeLine().Matches(Text).Where(m => m.Groups["access"].Value == "public").Select(m => m.Groups["name"].Value)];

    public IReadOnlyList<string> Types => [.. TypeLine().Matches(Text).Select(m => m.Groups["name"].Value)];

    /// <summary>The code without comments and the content of strings.</summary>
    public string Code => Noise().Replace(Text, m => m.Value[0] == '/' ? "" : "\"\"");

    /// <summary>Places where a pattern matches, as messages that an editor can follow.</summary>
    public IEnumerable<string> Places(Regex pattern) => Lines.Select((line, i) => (line, i)).Where(l => pattern.IsMatch(l.line)).Select(l => $"{Path}:{l.i + 1}: {l.line.Trim()}");

    private static IEnumerable<SourceFile> Read(string folder)
    {
        var root = RepositoryPaths.Root;
        return from file in Directory.EnumerateFiles(System.IO.Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories)
               let path = System.IO.Path.GetRelativePath(root, file).Replace('\\', '/')
               where !Generated().IsMatch(path)
               orderby path
               select new SourceFile(path, File.ReadAllText(file));
    }

    [GeneratedRegex("/(bin|obj|Generated)/")]
    private static partial Regex Generated();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^(?<access>public|internal|file)\s+(?:(?:sealed|static|abstract|partial|readonly|ref|unsafe)\s+)*(?:class|record struct|record|struct|interface|enum|delegate\s+[\w<>\[\]]+)\s+(?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex("""
        //[^\n]*|/\*.*?\*/|"{3,}.*?"{3,}|@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"
        """, RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Noise();
}
