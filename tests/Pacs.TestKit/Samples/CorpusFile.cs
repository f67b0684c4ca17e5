namespace Pacs.TestKit.Samples;

/// <summary>One line of the corpus' manifest.</summary>
public sealed class CorpusFile
{
    private readonly Dictionary<string, string> _columns;

    internal CorpusFile(string folder, string[] header, string[] values)
    {
        _columns = header.Zip(values).ToDictionary(p => p.First, p => p.Second);
        FullPath = System.IO.Path.Combine(folder, Path);
    }

    /// <summary>"charsets/pydicom_chrH31.dcm".</summary>
    public string Path => this["path"];

    public string FullPath { get; }

    /// <summary>The UID without its name; empty when it could not be read.</summary>
    public string SopClassUid => this["sop_class"].Split(' ')[0];

    /// <summary>The UID without its name; empty when it could not be read.</summary>
    public string TransferSyntaxUid => this["transfer_syntax"].Split(' ')[0];

    /// <summary>DCMTK's dcmdump reads it.</summary>
    public bool IsReadByDcmdump => this["dcmdump_3.6.7"] == "ok";

    /// <summary>Any column by its name; empty when there is none.</summary>
    public string this[string column] => _columns.GetValueOrDefault(column, "");

    public override string ToString() => Path;
}
