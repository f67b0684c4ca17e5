namespace Pacs.Storage.Model;

public enum ChangeKind : short
{
    Stored = 1,
    Replaced = 2,
    Deleted = 3,
    /// <summary>Every object of a study is there, as far as can be told: <see cref="Change.Reason"/> says by what.</summary>
    StudyCompleted = 4,
    /// <summary>A study that was complete got another object; it will be completed again.</summary>
    StudyReopened = 5,
    /// <summary>A routing rule that asks to tell so took an object, a series or a study, as its trigger has it: <see cref="Change.Rule"/>.</summary>
    Routed = 6,
}
