using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Model;

/// <summary>Person names as they are searched: without case, accents or needless delimiters.</summary>
public static class NameKey
{
    /// <summary><see cref="PersonName.Fold"/> of the first name: "Müller^Jürgen^^Dr.^=" becomes "muller^jurgen^^dr.".</summary>
    public static string Fold(string name) => PersonName.Fold(name.Split('\\', 2)[0]);
}
