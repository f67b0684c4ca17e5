namespace Pacs.DictionaryGenerator;

/// <summary>One row of PS3.6 Annex A.</summary>
internal sealed record UidRow(string Uid, string Name, string Type, bool IsRetired, string Keyword)
{
    private const string CompositeStorage = "1.2.840.10008.5.1.4.1.1.";

    public static List<UidRow> ReadAll(string path) =>
        [.. from line in File.ReadLines(path).Skip(1)
            let cells = line.Split('\t')
            select new UidRow(cells[0], cells[1], cells[2], cells[3] == "Y", cells[4])];

    /// <summary>
    /// A class whose instances are stored by C-STORE: everything registered below the arc of the Storage Service Class,
    /// and what is called storage elsewhere (hanging protocols, implants, print objects), but not the services about storage.
    /// </summary>
    public bool IsStorageSopClass => Type == "SOP Class"
        && (Uid.StartsWith(CompositeStorage, StringComparison.Ordinal) || Name.Contains(" Storage", StringComparison.Ordinal))
        && !Name.StartsWith("Media Storage", StringComparison.Ordinal) && !Name.StartsWith("Storage Commitment", StringComparison.Ordinal);

    /// <summary>What an abstract syntax can name besides storage.</summary>
    public bool IsOther => !IsStorageSopClass && Type is "SOP Class" or "Meta SOP Class" or "Service Class" or "Application Context Name" or "Application Hosting Model";
}
