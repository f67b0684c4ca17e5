namespace Pacs.Dicom;

/// <summary>Root of every violation that this library reports.</summary>
public abstract class DicomException : Exception
{
    private protected DicomException(string message, Exception? inner = null) : base(message, inner) { }
}
