using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Access;

namespace Pacs.Storage.Validation;

/// <summary>What a <see cref="ValidationLevel"/> means.</summary>
internal static class ObjectValidator
{
    /// <summary>The faults found; null for none.</summary>
    public static (FaultList Faults, bool IsPresentationState)? Check(DicomDataset dataset, ValidationLevel level, bool isAbridged)
    {
        if (level == ValidationLevel.Minimal) return null;
        var sopClass = dataset.GetString(Tags.SOPClassUID) ?? "";
        var faults = IodDictionary.Find(sopClass) is { } iod ? IodValidator.Check(dataset, iod, isAbridged) : new FaultList();
        // Of one whose items were left out nothing can be said.
        var isPresentationState = level == ValidationLevel.Thorough && sopClass == Uids.GrayscaleSoftcopyPresentationStateStorage && !isAbridged;
        if (isPresentationState) PresentationStateValidator.Check(dataset, faults);
        return faults.IsEmpty ? null : (faults, isPresentationState);
    }
}
