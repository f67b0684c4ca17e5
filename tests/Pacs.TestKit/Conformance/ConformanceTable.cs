using Pacs.TestKit.Processes;

namespace Pacs.TestKit.Conformance;

/// <summary>A table of the conformance statement: <c>docs/conformance/NAME.tsv</c>, its first line the names of its columns.</summary>
public static class ConformanceTable
{
    /// <summary>SOP Classes that are stored: uid, name, status.</summary>
    public const string StorageSopClasses = "storage-sop-classes";

    /// <summary>SOP Classes of services: uid, name, status, scu, scp.</summary>
    public const string ServiceSopClasses = "service-sop-classes";

    /// <summary>Transfer syntaxes that objects are stored in: uid, name, status.</summary>
    public const string TransferSyntaxes = "transfer-syntaxes";

    /// <summary>Attributes that C-FIND and QIDO-RS match and return: level, objects, path, tags, vr, unique.</summary>
    public const string QueryKeys = "query-keys";

    /// <summary>What web services serve of an object stored in each transfer syntax: uid, name, unnamed, converted, pixels, frames.</summary>
    public const string WebMediaTypes = "web-media-types";

    /// <summary>What the product does on the wire: id, behaviour, tests.</summary>
    public const string Behaviours = "behaviours";

    /// <summary>The rows, each by the names of the columns.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Read(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryPaths.Root, "docs", "conformance", name + ".tsv"));
        var columns = lines[0].Split('\t');
        return [.. lines.Skip(1).Select(line => columns.Zip(line.Split('\t')).ToDictionary(p => p.First, p => p.Second))];
    }
}
